import { createHash, type Hash } from 'node:crypto';
import type { MultipartFile } from '@fastify/multipart';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Principal } from '../auth/index.js';
import { DomainError, validationPipe } from '../common/index.js';
import { type UploadsConfig, uploadsConfig } from '../config/index.js';
import type { Attempt } from '../idempotency/index.js';
import { type Media, MediaCommitService, MediaRepository } from '../media/index.js';
import { UploadDetailsDto } from './dto/upload-details.dto.js';
import { type ExpectedSize, expectedSize, leastSize } from './expected-size.js';
import { formFingerprint } from './form-fingerprint.js';
import { asFormError, isFatal, outcomeOf } from './form-failures.js';
import { type FormLimits, formParts } from './form-parts.js';
import type { FormRequest, ReadForm, ReceivedForm } from './received-form.js';
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

/** Uploads by multipart/form-data. Fields may stand before or after the files. */
@Injectable()
export class UploadFormService {
  private readonly details = validationPipe();

  constructor(
    private readonly intake: UploadIntakeService,
    private readonly commits: MediaCommitService,
    private readonly repository: MediaRepository,
    private readonly slots: UploadSlots,
    @Inject(uploadsConfig.KEY) private readonly config: UploadsConfig,
  ) {}

  /**
   * One file. When it rejects nothing of it is left.
   * @throws everything that UploadIntakeService.stage and Attempt.seal do, UPLOAD_FILE_MISSING,
   *   UPLOAD_TOO_MANY_FILES, UPLOAD_MALFORMED, VALIDATION_FAILED, CHECKSUM_MISMATCH, UPLOADS_BUSY
   */
  async receiveOne(
    request: FastifyRequest,
    principal: Principal,
    attempt: Attempt | null = null,
  ): Promise<Media> {
    return this.receive({ request, principal, attempt, maxFiles: 1 }, (form) => this.commit(form, 0));
  }

  /**
   * Several files, each accepted or refused on its own. Only a body that can't be read to its end, or
   * fields that are invalid, refuse them all.
   */
  async receiveBatch(
    request: FastifyRequest,
    principal: Principal,
    attempt: Attempt | null = null,
  ): Promise<BatchItem[]> {
    const maxFiles = this.config.batchMaxFiles;
    return this.receive({ request, principal, attempt, maxFiles }, async (form) => {
      const items: BatchItem[] = [];
      for (const [index, { filename }] of form.files.entries()) {
        items.push({ filename, outcome: await this.commitOrRefuse(form, index) });
      }
      return items;
    });
  }

  private receive<T>(form: FormRequest, finish: (received: ReceivedForm) => Promise<T>): Promise<T> {
    return this.slots.occupy(async () => {
      const earlier = await this.findEarlier(form.attempt);
      const read = await this.read(form, earlier);
      try {
        if (read.files.length === 0) throw uploadErrors.UPLOAD_FILE_MISSING();
        const details = await this.readDetails(read);
        await form.attempt?.seal(formFingerprint(form.request, form.principal, read));
        return await finish({ ...form, files: read.files, details, earlier });
      } catch (error) {
        await this.abandonAll(read);
        throw error;
      }
    });
  }

  /** Not what was purged since. */
  private async findEarlier(attempt: Attempt | null): Promise<Map<number, Media>> {
    const earlier = new Map<number, Media>();
    for (const [index, id] of attempt?.created ?? []) {
      const media = await this.repository.find(id);
      if (media) earlier.set(index, media);
    }
    return earlier;
  }

  private async commitOrRefuse(form: ReceivedForm, index: number): Promise<Media | DomainError> {
    try {
      return await this.commit(form, index);
    } catch (error) {
      const outcome = form.files[index]?.outcome;
      if (outcome && !(outcome instanceof DomainError)) await this.intake.abandon(outcome.lease);
      if (error instanceof DomainError) return error;
      throw error;
    }
  }

  private async commit(form: ReceivedForm, index: number): Promise<Media> {
    const earlier = form.earlier.get(index);
    if (earlier) return earlier;
    const { principal, details, attempt } = form;
    const outcome = form.files[index]?.outcome;
    if (!outcome) throw new Error('a file that was not stored can not become a media');
    if (outcome instanceof DomainError) throw outcome;
    const { lease, ...file } = outcome;
    if (details.sha256 !== undefined && details.sha256 !== file.sha256)
      throw uploadErrors.CHECKSUM_MISMATCH();
    const { visibility, tags, customMetadata } = details;
    const media = await this.commits.commit(
      {
        id: lease.id,
        ownerId: principal.userId,
        orgId: principal.orgId,
        ...file,
        visibility,
        tags,
        customMetadata,
      },
      async (tx) => attempt?.confirm(tx, index, lease.id),
    );
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
      if (outcome && !(outcome instanceof DomainError)) await this.intake.abandon(outcome.lease);
    }
  }

  /**
   * Reads the whole body, staging its files as they come. A refused file is skipped, unless it is the only
   * one. What is stored already, by an earlier attempt, is read for its hash alone.
   */
  private async read(
    { request, principal, attempt, maxFiles }: FormRequest,
    earlier: ReadonlyMap<number, Media>,
  ): Promise<ReadForm> {
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
        const hash = createHash('sha256');
        const known = attempt?.answered === true || earlier.has(form.files.length);
        const outcome = known
          ? await this.measure(part, hash)
          : await this.stage(part, principal, { expected, hash });
        form.files.push({ filename, declaredType: mimetype, hash, outcome });
        if (outcome instanceof DomainError) {
          if (single || isFatal(outcome)) throw outcome;
          // The rest of the refused file has to pass before the next part comes; it is part of the fingerprint.
          if (attempt) part.file.on('data', (chunk: Buffer) => hash.update(chunk));
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

  private stage(
    part: MultipartFile,
    principal: Principal,
    reading: { expected: ExpectedSize | null; hash: Hash },
  ): Promise<StagedFile | DomainError> {
    return outcomeOf(() =>
      this.intake.stage({
        source: part.file,
        filename: part.filename,
        declaredType: part.mimetype,
        owner: { userId: principal.userId, orgId: principal.orgId },
        ...reading,
      }),
    );
  }

  private measure(part: MultipartFile, hash: Hash): Promise<DomainError | null> {
    return outcomeOf(async () => {
      await this.intake.measure({ source: part.file, hash });
      return null;
    });
  }
}
