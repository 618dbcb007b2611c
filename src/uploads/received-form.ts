import type { Hash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Principal } from '../auth/index.js';
import type { DomainError } from '../common/index.js';
import type { Attempt } from '../idempotency/index.js';
import type { Media } from '../media/index.js';
import type { UploadDetailsDto } from './dto/upload-details.dto.js';
import type { StagedFile } from './upload-intake.service.js';

/** One request with a form. */
export interface FormRequest {
  request: FastifyRequest;
  principal: Principal;
  /** Null without an Idempotency-Key. */
  attempt: Attempt | null;
  maxFiles: number;
}

export interface FormFile {
  filename: string;
  declaredType: string;
  hash: Hash;
  /** Null: read for its hash alone. */
  outcome: StagedFile | DomainError | null;
}

export interface ReadForm {
  fields: Record<string, unknown>;
  files: FormFile[];
}

/** A form that was read and is in order. */
export interface ReceivedForm extends FormRequest {
  files: FormFile[];
  details: UploadDetailsDto;
  /** What earlier attempts of the request made of its files. */
  earlier: ReadonlyMap<number, Media>;
}
