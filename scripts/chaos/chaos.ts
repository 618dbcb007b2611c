/** A kind of chaos that is ready to be run. */
export interface Chaos {
  /** What runs it again. */
  command: string;
  /** @returns a report. @throws Violation */
  run: () => Promise<string>;
}
