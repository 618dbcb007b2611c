import type { IncomingHttpHeaders } from 'node:http';
import { tusErrors } from './tus.errors.js';

/** Extensions of the protocol that are offered, as Tus-Extension lists them. */
export const TUS_EXTENSIONS = [
  'creation',
  'creation-with-upload',
  'creation-defer-length',
  'checksum',
  'expiration',
  'termination',
  'concatenation',
].join(',');

export const checksumAlgorithms = ['sha1', 'sha256'] as const;

export interface UploadChecksum {
  algorithm: (typeof checksumAlgorithms)[number];
  digest: Buffer;
}

/** Upload-Concat: none, `partial`, or the URLs of a `final` upload's parts in their order. */
export type Concatenation = { kind: 'none' } | { kind: 'partial' } | { kind: 'final'; parts: string[] };

const CONTENT_TYPE = 'application/offset+octet-stream';
const DIGEST_BYTES = { sha1: 20, sha256: 32 };
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** A non-negative integer of a header (Core Protocol, Headers); null when it is absent. @throws TUS_HEADER_INVALID */
export function integerHeader(headers: IncomingHttpHeaders, name: string): number | null {
  const value = headers[name];
  if (value === undefined) return null;
  const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : NaN;
  if (!Number.isSafeInteger(number))
    throw tusErrors.TUS_HEADER_INVALID(`${name} must be a non-negative integer`);
  return number;
}

/** The offset that a PATCH names. @throws TUS_HEADER_INVALID */
export function offsetOf(headers: IncomingHttpHeaders): number {
  const offset = integerHeader(headers, 'upload-offset');
  if (offset === null) throw tusErrors.TUS_HEADER_INVALID('upload-offset is missing');
  return offset;
}

/**
 * The length that a creation announces; null when it is deferred (Creation, POST).
 * @throws TUS_HEADER_INVALID unless there is exactly one of Upload-Length and Upload-Defer-Length: 1
 */
export function announcedLength(headers: IncomingHttpHeaders): number | null {
  const length = integerHeader(headers, 'upload-length');
  const deferred = headers['upload-defer-length'];
  if (deferred !== undefined && deferred !== '1') {
    throw tusErrors.TUS_HEADER_INVALID('upload-defer-length must be 1');
  }
  if ((length === null) === (deferred === undefined)) {
    throw tusErrors.TUS_HEADER_INVALID('one of upload-length and upload-defer-length is needed');
  }
  return length;
}

/** @throws TUS_CONTENT_TYPE */
export function assertOffsetContentType(headers: IncomingHttpHeaders): void {
  if (headers['content-type']?.trim().toLowerCase() !== CONTENT_TYPE) throw tusErrors.TUS_CONTENT_TYPE();
}

/** What Upload-Checksum asks for (Checksum); null when it is absent. @throws TUS_HEADER_INVALID, TUS_CHECKSUM_UNSUPPORTED */
export function checksumOf(headers: IncomingHttpHeaders): UploadChecksum | null {
  const value = headers['upload-checksum'];
  if (value === undefined) return null;
  const [name = '', digest = '', ...rest] = String(value).split(' ');
  const algorithm = checksumAlgorithms.find((known) => known === name);
  if (!algorithm) {
    throw tusErrors.TUS_CHECKSUM_UNSUPPORTED(`supported are ${checksumAlgorithms.join(' and ')}`);
  }
  const bytes = Buffer.from(digest, 'base64');
  if (rest.length > 0 || !BASE64.test(digest) || bytes.length !== DIGEST_BYTES[algorithm]) {
    throw tusErrors.TUS_HEADER_INVALID(
      `upload-checksum must be ${algorithm}, a space and the digest in base64`,
    );
  }
  return { algorithm, digest: bytes };
}

/** @throws TUS_HEADER_INVALID */
export function concatenationOf(value: string | undefined): Concatenation {
  if (value === undefined) return { kind: 'none' };
  if (value === 'partial') return { kind: 'partial' };
  const parts = /^final;(.*)$/.exec(value)?.[1]?.trim().split(/ +/).filter(Boolean) ?? [];
  if (parts.length === 0) {
    throw tusErrors.TUS_HEADER_INVALID('upload-concat must be partial, or final; and a list of URLs');
  }
  return { kind: 'final', parts };
}

/** The headers that tell one creation from another. */
export function creationHeaders(headers: IncomingHttpHeaders): Record<string, unknown> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('upload-')));
}

/** Keys and values of Upload-Metadata, decoded (Creation, Upload-Metadata). @throws TUS_METADATA_INVALID */
export function parseMetadata(header: string | undefined): Map<string, string> {
  const entries = new Map<string, string>();
  if (header === undefined || header.trim() === '') return entries;
  for (const pair of header.split(',')) {
    const [key = '', value = '', ...rest] = pair.trim().split(' ');
    if (!/^[\x21-\x2b\x2d-\x7e]+$/.test(key) || rest.length > 0 || !BASE64.test(value)) {
      throw tusErrors.TUS_METADATA_INVALID('pairs are a key, a space and a value in base64');
    }
    if (entries.has(key)) throw tusErrors.TUS_METADATA_INVALID('a key occurs twice');
    entries.set(key, decodeText(value));
  }
  return entries;
}

function decodeText(value: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(value, 'base64'));
  } catch (cause) {
    throw tusErrors.TUS_METADATA_INVALID('values must be UTF-8', { cause });
  }
}
