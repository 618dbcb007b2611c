import type { UploadPlan } from './plan.ts';

/** Something that must never happen has happened. */
export class Violation extends Error {}

/** What one upload has seen, so that a violation can be understood. */
export class Chronicle {
  readonly plan: UploadPlan;
  private readonly lines: string[] = [];
  private readonly startedAt: number;

  constructor(plan: UploadPlan, startedAt: number) {
    this.plan = plan;
    this.startedAt = startedAt;
  }

  note(line: string): void {
    const seconds = ((performance.now() - this.startedAt) / 1000).toFixed(2);
    this.lines.push(`${seconds.padStart(8)} s  ${line}`);
  }

  /** @throws Violation */
  assert(holds: boolean, invariant: string): void {
    if (!holds) throw this.violation(invariant);
  }

  /** @throws Violation when there is no such thing */
  require<T>(value: T | null | undefined, invariant: string): T {
    if (value === null || value === undefined) throw this.violation(invariant);
    return value;
  }

  violation(invariant: string): Violation {
    const { interruptions, ...plan } = this.plan;
    return new Violation(
      [
        `violated: ${invariant}`,
        `upload ${JSON.stringify(plan)}`,
        ...interruptions.map((one) => `  at ${one.atBytes}: ${one.kind} ${one.faults.join(' ')}`),
        ...this.lines.slice(-60),
      ].join('\n'),
    );
  }
}
