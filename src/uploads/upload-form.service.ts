import type { MultipartFile } from '@fastify/multipart';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Principal } from '../auth/index.js';
import { DomainError, validationPipe } from '../common/index.js';
import { type UploadsConfig, uploadsConfig } from '../config/index.js';
import { type Media, MediaCommitService } from '../media/index.js';
import { UploadDetailsDto } from './dto/upload-details.dto.js';
import { type ExpectedSize, expectedSize, leastSize } from './expected-size.js';
import { type FormLimits, formParts } from './form-parts.js';
import { type StagedFile, UploadIntakeService } from './upload-intake.service.js';
import { UploadSlots } from './upload-slots.js';
import { uploadErrors } from './uploads.errors.js';

const MAX_FIELDS = 16;
const MAX_FIELD_BYTES = 32 * 1024;

/** The outcome of one file of a batch, in the order of the files. */
export interface BatchItem {
  filename: string;
  outcome: Media | DomainError;
}

interface ReadForm {
  fields: Record<string, unknown>;
  files: { filename: string; outcome: StagedFile | DomainError }[];
}

/** Uploads by multipart/form-data. Fields may stand before or after the files. */
@Injectable()
export class UploadFormService {
  private readonly details = validationPipe();

  constructor(
    private readonly intake: UploadIntakeService,
    private readonly commits: MediaCommitService,
    private readonly slots: UploadSlots,
    @Inject(uploadsConfig.KEY) private readonly config: UploadsConfig,
  ) {}

  /**
   * One file. When it rejects nothing of it is left.
   * @throws everything that UploadIntakeService.stage does, UPLOAD_FILE_MISSING, UPLOAD_TOO_MANY_FILES,
   *   UPLOAD_MALFORMED, VALIDATION_FAILED, CHECKSUM_MISMATCH, UPLOADS_BUSY
   */
  async receiveOne(request: FastifyRequest, principal: Principal): Promise<Media> {
    return this.slots.occupy(async () => {
      const form = await this.read(request, principal, 1);
      try {
        const outcome = form.files[0]?.outcome ?? uploadErrors.UPLOAD_FILE_MISSING();
        if (outcome instanceof DomainError) throw outcome;
        return await this.commit(outcome, await this.readDetails(form), principal);
      } catch (error) {
        await this.abandonAll(form);
        throw error;
      }
    });
  }

  /**
   * Several files, each accepted or refused on its own. Only a body that can't be read to its end, or
   * fields that are invalid, refuse them all.
   */
  async receiveBatch(request: FastifyRequest, principal: Principal): Promise<BatchItem[]> {
    return this.slots.occupy(async () => {
      const form = await this.read(request, principal, this.config.batchMaxFiles);
      try {
        if (form.files.length === 0) throw uploadErrors.UPLOAD_FILE_MISSING();
        const details = await this.readDetails(form);
        const items: BatchItem[] = [];
        for (const { filename, outcome } of form.files) {
          items.push({ filename, outcome: await this.commitOrRefuse(outcome, details, principal) });
        }
        return items;
      } catch (error) {
        await this.abandonAll(form);
        throw error;
      }
    });
  }

  private async commitOrRefuse(
    outcome: StagedFile | DomainError,
    details: UploadDetailsDto,
    principal: Principal,
  ): Promise<Media | DomainError> {
    if (outcome instanceof DomainError) return outcome;
    try {
      return await this.commit(outcome, details, principal);
    } catch (error) {
      await this.intake.abandon(outcome.lease);
      if (error instanceof DomainError) return error;
      throw error;
    }
  }

  private async commit(staged: StagedFile, details: UploadDetailsDto, principal: Principal): Promise<Media> {
    const { lease, ...file } = staged;
    if (details.sha256 !== undefined && details.sha256 !== file.sha256)
      throw uploadErrors.CHECKSUM_MISMATCH();
    const { visibility, tags, customMetadata } = details;
    const media = await this.commits.commit({
      id: lease.id,
      ownerId: principal.userId,
      orgId: principal.orgId,
      ...file,
      visibility,
      tags,
      customMetadata,
    });
    lease.end();
    return media;
  }

  private async readDetails({ fields }: ReadForm): Promise<UploadDetailsDto> {
    return (await this.details.transform(fields, {
      type: 'body',
      metatype: UploadDetailsDto,
    })) as UploadDetailsDto;
  }

  private async abandonAll({ files }: ReadForm): Promise<void> {
    for (const { outcome } of files) {
      if (!(outcome instanceof DomainError)) await this.intake.abandon(outcome.lease);
    }
  }

  /** Reads the whole body, staging its files as they come. A refused file is skipped, unless it is the only one. */
  private async read(request: FastifyRequest, principal: Principal, maxFiles: number): Promise<ReadForm> {
    if (!request.isMultipart()) throw uploadErrors.UPLOAD_MALFORMED('the body must be multipart/form-data');
    const single = maxFiles === 1;
    if (single) this.intake.assertWithinLimit(leastSize(request.headers));
    const form: ReadForm = { fields: {}, files: [] };
    try {
      for await (const part of formParts(request, this.limits)) {
        if (part.type === 'field') {
          if (part.valueTruncated)
            throw uploadErrors.UPLOAD_MALFORMED(`the field ${part.fieldname} is too long`);
          form.fields[part.fieldname] = part.value;
          continue;
        }
        if (part.fieldname !== 'file')
          throw uploadErrors.UPLOAD_MALFORMED('files must be in parts named file');
        if (form.files.length === maxFiles)
          throw uploadErrors.UPLOAD_TOO_MANY_FILES(`the limit is ${maxFiles}`);
        const { headers } = request;
        const { mimetype } = part;
        // Absent, whatever the types say, where a part is a file by its type alone.
        const filename = (part.filename as string | undefined) ?? '';
        const expected = single ? expectedSize({ headers, fields: form.fields, filename, mimetype }) : null;
        const outcome = await this.stage(part, principal, expected);
        form.files.push({ filename, outcome });
        if (outcome instanceof DomainError) {
          if (single || isFatal(outcome)) throw outcome;
          // The rest of the refused file has to pass before the next part comes.
          part.file.resume();
        }
      }
      return form;
    } catch (error) {
      await this.abandonAll(form);
      throw asFormError(error);
    }
  }

  private get limits(): FormLimits {
    const { idleTimeoutMs } = this.config;
    return { fields: MAX_FIELDS, fieldBytes: MAX_FIELD_BYTES, idleTimeoutMs };
  }

  private async stage(
    part: MultipartFile,
    principal: Principal,
    expected: ExpectedSize | null,
  ): Promise<StagedFile | DomainError> {
    try {
      return await this.intake.stage({
        source: part.file,
        filename: part.filename,
        declaredType: part.mimetype,
        owner: { userId: principal.userId, orgId: principal.orgId },
        expected,
      });
    } catch (error) {
      if (error instanceof DomainError) return error;
      throw error;
    }
  }
}

/** Failures after which the rest of the body will not come. */
function isFatal({ code }: DomainError): boolean {
  return code === 'UPLOAD_INTERRUPTED' || code === 'UPLOAD_IDLE';
}

/** The parser's own failures are the client's: a body that is not what it says, or that broke off. */
function asFormError(error: unknown): unknown {
  if (error instanceof DomainError || !(error instanceof Error)) return error;
  const { code } = error as { code?: unknown };
  if (code === 'FST_MP_PREMATURE_CLOSE' || code === 'ECONNRESET')
    return uploadErrors.UPLOAD_INTERRUPTED(undefined, { cause: error });
  const fromParser = typeof code === 'string' && code.startsWith('FST_');
  const malformed = /multipart|boundary|part terminated|malformed/i.test(error.message);
  return fromParser || malformed ? uploadErrors.UPLOAD_MALFORMED(undefined, { cause: error }) : error;
}
