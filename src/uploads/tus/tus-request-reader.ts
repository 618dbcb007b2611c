import type { IncomingHttpHeaders } from 'node:http';
import { Injectable } from '@nestjs/common';
import { validationPipe } from '../../common/index.js';
import { UploadDetailsDto } from '../dto/upload-details.dto.js';
import type { NewSession } from '../session/upload-sessions.service.js';
import { announcedLength, concatenationOf, parseMetadata } from './tus-headers.js';
import { tusErrors } from './tus.errors.js';

/** Keys of Upload-Metadata that mean something here, by what clients call them; the others are only given back. */
const nameKeys = ['filename', 'name'];
const typeKeys = ['filetype', 'type'];
const detailKeys = new Set(['visibility', 'tags', 'customMetadata', 'sha256']);

/** Reads what a creation asks for (Creation, POST). */
@Injectable()
export class TusRequestReader {
  private readonly details = validationPipe();

  /**
   * The session that is to be begun; the length of a final upload is for its parts to say.
   * @throws TUS_HEADER_INVALID, TUS_METADATA_INVALID, VALIDATION_FAILED
   */
  async describe(headers: IncomingHttpHeaders): Promise<NewSession> {
    const tusConcat = single(headers['upload-concat']);
    const final = concatenationOf(tusConcat).kind === 'final';
    if (final && headers['upload-length'] !== undefined) {
      throw tusErrors.TUS_HEADER_INVALID('a final upload has no upload-length of its own');
    }
    const sizeBytes = final ? null : announcedLength(headers);
    const tusMetadata = single(headers['upload-metadata']);
    const metadata = parseMetadata(tusMetadata);
    return {
      protocol: 'tus',
      filename: first(metadata, nameKeys),
      declaredType: first(metadata, typeKeys),
      details: await this.readDetails(metadata),
      sizeBytes,
      reserveBytes: sizeBytes ?? 0,
      extra: { tusMetadata: tusMetadata ?? null, tusConcat: tusConcat ?? null },
    };
  }

  private async readDetails(metadata: Map<string, string>): Promise<UploadDetailsDto> {
    const known = [...metadata].filter(([key, value]) => detailKeys.has(key) && value !== '');
    return (await this.details.transform(Object.fromEntries(known), {
      type: 'body',
      metatype: UploadDetailsDto,
    })) as UploadDetailsDto;
  }
}

/** @throws TUS_METADATA_INVALID for control characters, which no name and no type has */
function first(metadata: Map<string, string>, keys: readonly string[]): string | null {
  const value = keys.map((key) => metadata.get(key)).find((text) => text !== undefined && text !== '');
  if (value !== undefined && /\p{Cc}/u.test(value)) {
    throw tusErrors.TUS_METADATA_INVALID('names and types have no control characters');
  }
  return value ?? null;
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(',') : header;
}
