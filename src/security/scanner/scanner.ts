import type { Readable } from 'node:stream';

export type Verdict = { infected: false } | { infected: true; signature: string };

/** Looks for malware in bytes. What can't be scanned is never called clean. */
export abstract class Scanner {
  /** For status pages and logs. */
  abstract readonly name: string;

  /**
   * Scans a stream, which is consumed or destroyed. A failure of the source is thrown as it came.
   * @throws SCANNER_UNAVAILABLE: try again later
   * @throws SCAN_TOO_LARGE: never try again
   */
  abstract scan(source: Readable, signal: AbortSignal): Promise<Verdict>;

  /**
   * Resolves when the scanner answers, within seconds.
   * @throws SCANNER_UNAVAILABLE
   */
  abstract check(signal: AbortSignal): Promise<void>;

  /**
   * Version of the engine and its signatures.
   * @throws SCANNER_UNAVAILABLE
   */
  abstract version(signal: AbortSignal): Promise<string>;
}
