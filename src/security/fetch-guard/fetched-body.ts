import { type Readable, Transform, type TransformCallback } from 'node:stream';
import { importErrors } from './fetch-guard.errors.js';
import { toImportError } from './to-import-error.js';

export interface BodyLimits {
  maxBytes: number;
  /** What the source said that it sends; null when it did not. */
  contentLength: number | null;
  signal: AbortSignal;
  /** Whether the connection broke: undici takes a reset for an orderly end of a body without a length. */
  isBroken: () => boolean;
  /** Called once, when nothing more is read, for whatever reason: has to end the connection. */
  onClose: () => void;
}

/**
 * The body of an answer on its way to its reader, counted. Ends only when the source's body has: fails
 * with IMPORT_TOO_LARGE, IMPORT_INTERRUPTED, IMPORT_TIMEOUT or the signal's reason.
 */
export class FetchedBody extends Transform {
  private received = 0;

  constructor(
    body: Readable,
    private readonly limits: BodyLimits,
  ) {
    super();
    const { signal, onClose } = limits;
    const abort = (): unknown => this.destroy(signal.reason as Error);
    // stream.pipeline would hand the errors of the connection on as they are.
    body.on('error', (error) => this.destroy(signal.aborted ? signal.reason : toImportError(error, 'body')));
    body.on('close', () => {
      if (!body.readableEnded) this.destroy(importErrors.IMPORT_INTERRUPTED());
    });
    this.on('close', () => {
      signal.removeEventListener('abort', abort);
      onClose();
    });
    // An error before the first read is thrown by that read; without a listener it would end the process.
    this.on('error', () => undefined);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    body.pipe(this);
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.received += chunk.length;
    if (this.received > this.limits.maxBytes) done(importErrors.IMPORT_TOO_LARGE());
    else done(null, chunk);
  }

  override _flush(done: TransformCallback): void {
    const { contentLength, isBroken } = this.limits;
    const whole = contentLength === null ? !isBroken() : this.received === contentLength;
    done(whole ? null : importErrors.IMPORT_INTERRUPTED());
  }
}
