import { importErrors } from './fetch-guard.errors.js';

/**
 * A signal that aborts with another one, for its reason, or with IMPORT_TIMEOUT after a time. Disposed, it
 * never aborts any more and holds neither timer nor listener: a timer of an hour must not outlive its import.
 */
export class Deadline implements Disposable {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly parent: AbortSignal,
    timeoutMs: number,
  ) {
    this.timer = setTimeout(() => this.abort(importErrors.IMPORT_TIMEOUT()), timeoutMs);
    if (parent.aborted) this.follow();
    else parent.addEventListener('abort', this.follow, { once: true });
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.timer);
    this.parent.removeEventListener('abort', this.follow);
  }

  private readonly follow = (): void => this.abort(this.parent.reason);

  private abort(reason: unknown): void {
    this[Symbol.dispose]();
    this.controller.abort(reason);
  }
}
