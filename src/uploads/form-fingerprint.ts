import type { Hash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Principal } from '../auth/index.js';
import { fingerprintOf } from '../idempotency/index.js';

/** What of a form tells it from another. */
export interface FormContent {
  fields: Readonly<Record<string, unknown>>;
  files: readonly { filename: string; declaredType: string; hash: Hash }[];
}

/** Tells one upload from another: by its fields, in any order, and by name, declared type and bytes of its files. */
export function formFingerprint(
  request: Pick<FastifyRequest, 'method' | 'url'>,
  principal: Principal,
  { fields, files }: FormContent,
): string {
  return fingerprintOf(request, principal, {
    fields,
    files: files.map(({ filename, declaredType, hash }) => [
      filename,
      declaredType,
      hash.copy().digest('hex'),
    ]),
  });
}
