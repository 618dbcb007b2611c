import type { Readable } from 'node:stream';
import { Scanner, type Verdict } from './scanner.js';

/** Stands in when no scanner is configured: everything passes unseen. */
export class NoScanner extends Scanner {
  override readonly name = 'none';

  override scan(source: Readable): Promise<Verdict> {
    source.destroy();
    return Promise.resolve({ infected: false });
  }

  override check(): Promise<void> {
    return Promise.resolve();
  }

  override version(): Promise<string> {
    return Promise.resolve('none');
  }
}
