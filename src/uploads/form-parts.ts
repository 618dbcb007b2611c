import type { Multipart } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { uploadErrors } from './uploads.errors.js';

export interface FormLimits {
  fields: number;
  /** Of one field. */
  fieldBytes: number;
  /** Longest silence of the client before a part; within a file its reader has to watch. */
  idleTimeoutMs: number;
}

/**
 * The parts of a multipart body as they come. A file must be read, or resumed, before the next part comes.
 * @throws UPLOAD_IDLE, and the parser's own errors
 */
export async function* formParts(request: FastifyRequest, limits: FormLimits): AsyncGenerator<Multipart> {
  const parts = request.parts({ limits: { fields: limits.fields, fieldSize: limits.fieldBytes } });
  for (;;) {
    const { value, done } = await unlessIdle(request, limits.idleTimeoutMs, parts.next());
    if (done) return;
    yield value;
  }
}

/** Waits as long as bytes come, of a field or of the rest of a refused file. */
async function unlessIdle<T>(request: FastifyRequest, timeoutMs: number, next: Promise<T>): Promise<T> {
  const idle = Promise.withResolvers<never>();
  const timer = setTimeout(() => idle.reject(uploadErrors.UPLOAD_IDLE()), timeoutMs);
  const refresh = (): void => void timer.refresh();
  request.raw.on('data', refresh);
  try {
    return await Promise.race([next, idle.promise]);
  } finally {
    clearTimeout(timer);
    request.raw.off('data', refresh);
  }
}
