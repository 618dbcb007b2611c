import type { Case } from './catalogue.ts';
import { Skipped } from './expectations.ts';
import { Tus, type TusOptions } from './tus.ts';

export interface Outcome {
  case: Case;
  /** `warn`: a failure of what is no absolute duty. */
  result: 'pass' | 'fail' | 'warn' | 'skip';
  /** What was seen, or why nothing was asked; empty after a pass. */
  detail: string;
}

export interface RunOptions extends TusOptions {
  /** Whether every SHOULD and every EXTRA is a duty as well. */
  strict?: boolean;
}

/** Runs one case with a client of its own, and removes the uploads that it made. */
export async function runCase(one: Case, options: RunOptions): Promise<Outcome> {
  const tus = new Tus(options);
  try {
    if (one.extension !== null && !(await tus.announces(one.extension)))
      return { case: one, result: 'skip', detail: `the server does not announce ${one.extension}` };
    await one.run(tus);
    return { case: one, result: 'pass', detail: '' };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    if (error instanceof Skipped) return { case: one, result: 'skip', detail };
    return { case: one, result: isDuty(one) || options.strict ? 'fail' : 'warn', detail };
  } finally {
    await tus.cleanUp();
  }
}

function isDuty({ level }: Case): boolean {
  return level === 'MUST' || level === 'MUST NOT' || level === 'SHALL NOT';
}
