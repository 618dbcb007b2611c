import type { Finding } from './finding.js';

/** Findings that a report lists; it counts all. */
const MAX_LISTED = 1000;
const SAVE_MS = 5000;

/** What has been looked at so far, and found. */
export interface Findings {
  counts: Record<string, number>;
  findingCounts: Record<string, number>;
  findings: Finding[];
  notes: string[];
}

export interface InspectionOptions {
  /** False in a dry run: then nothing at all is changed. */
  mend: boolean;
  signal: AbortSignal;
  /** Stores what is known so far. @throws when another attempt has taken over */
  save(findings: Findings): Promise<void>;
}

/** One run over everything, as its checks see it. */
export class Inspection {
  readonly mend: boolean;
  readonly found: Findings = { counts: {}, findingCounts: {}, findings: [], notes: [] };
  private savedAt = performance.now();

  constructor(private readonly options: InspectionOptions) {
    this.mend = options.mend;
  }

  /** To be called after each batch. @throws when the run is to end */
  async looked(what: string, count: number): Promise<void> {
    this.options.signal.throwIfAborted();
    this.found.counts[what] = (this.found.counts[what] ?? 0) + count;
    if (performance.now() - this.savedAt < SAVE_MS) return;
    await this.options.save(this.found);
    this.savedAt = performance.now();
  }

  /** Notes a finding. @param mend sets it right and says whether it did; absent for what only a person can */
  async report(finding: Omit<Finding, 'mended'>, mend?: () => Promise<boolean>): Promise<void> {
    const mended = this.mend && mend !== undefined && (await mend());
    const { findings, findingCounts } = this.found;
    findingCounts[finding.kind] = (findingCounts[finding.kind] ?? 0) + 1;
    if (findings.length < MAX_LISTED) findings.push({ ...finding, mended });
  }

  note(text: string): void {
    this.found.notes.push(text);
  }
}
