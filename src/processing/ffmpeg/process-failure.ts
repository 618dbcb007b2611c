export type FailureReason = 'exit' | 'signal' | 'spawn' | 'timeout' | 'stalled';

export interface FailureDetails {
  exitCode?: number | null;
  signal?: NodeJS.Signals | null;
  /** The last lines of stderr; names local paths, so it is for the log only. */
  stderrTail?: string;
  cause?: unknown;
}

/** A media tool that did not end well. Internal: `toMediaError` makes of it what a client may see. */
export class ProcessFailure extends Error {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderrTail: string;

  constructor(
    readonly reason: FailureReason,
    details: FailureDetails = {},
  ) {
    const { exitCode = null, signal = null, stderrTail = '' } = details;
    super(`media tool: ${reason} (code ${exitCode}, signal ${signal}): ${stderrTail}`, {
      cause: details.cause,
    });
    this.name = 'ProcessFailure';
    this.exitCode = exitCode;
    this.signal = signal;
    this.stderrTail = stderrTail;
  }
}

/** What a failure is to be blamed on. */
export type Blame = 'input' | 'time' | 'memory' | 'pixels' | 'size' | 'disk' | 'machine';

const crashes: ReadonlySet<string> = new Set(['SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGFPE']);
const diskFull = /No space left on device|Disk quota exceeded/;
const ours =
  /Permission denied|No such file or directory|Input\/output error|Unknown encoder|No such filter|Unrecognized option|Option .* not found|failed to execute|error while loading shared libraries/;

/** Whether the tool complained of a full disk; HLS muxers do so and still exit with 0. */
export function saysDiskFull(stderrTail: string): boolean {
  return diskFull.test(stderrTail);
}

/** Whether the tool met a picture beyond its `max_pixels`. */
export function saysOversized(stderrTail: string): boolean {
  return stderrTail.includes('exceeds specified max pixel count');
}

export function blameFor({ reason, exitCode, signal, stderrTail }: ProcessFailure): Blame {
  if (reason === 'spawn') return 'machine';
  if (reason === 'timeout' || reason === 'stalled' || signal === 'SIGXCPU') return 'time';
  if (saysDiskFull(stderrTail)) return 'disk';
  if (signal === 'SIGXFSZ' || /File too large/.test(stderrTail)) return 'size';
  if (signal !== null) return crashes.has(signal) ? 'input' : 'machine';
  if (saysOversized(stderrTail)) return 'pixels';
  if (/Cannot allocate memory/.test(stderrTail)) return 'memory';
  // 255: ffmpeg was interrupted by a signal that it caught; 126 and 127: it was never started.
  if (exitCode === 255 || exitCode === 126 || exitCode === 127) return 'machine';
  return ours.test(stderrTail) ? 'machine' : 'input';
}
