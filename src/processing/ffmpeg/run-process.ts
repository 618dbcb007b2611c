import { type ChildProcess, spawn } from 'node:child_process';
import { setPriority } from 'node:os';
import { LineSplitter } from './line-splitter.js';
import { ProcessFailure } from './process-failure.js';
import type { CommandLine } from './sandbox.js';
import { Tail } from './tail.js';

export interface ProcessOptions {
  /** Private working directory. */
  cwd: string;
  timeoutMs: number;
  /** The longest time without a sign of life (`alive`); by default only the timeout counts. */
  stallMs?: number;
  signal?: AbortSignal | undefined;
  /** Gives way to other processes. */
  background?: boolean | undefined;
  /** Each line of stdout. What it throws ends the process and is rethrown. */
  onLine: (line: string, alive: () => void) => void;
}

const stderrTailLength = 8192;
/** Node fires timers beyond this at once. */
const longestTimerMs = 2 ** 31 - 1;

/** Nothing of ours is in the environment of a process that reads hostile files. */
const environment = {
  LC_ALL: 'C',
  AV_LOG_FORCE_NOCOLOR: '1',
  MALLOC_ARENA_MAX: '2',
  // npm's ffprobe is linked statically and crashes when it loads the system's character sets, which the
  // service name in any MPEG-TS makes it do. Without them the name stays as it is.
  GCONV_PATH: '/nonexistent',
};

/**
 * Runs a process to its end and resolves with the tail of its stderr. However it settles, the process is
 * gone by then: nothing writes into its directory any more.
 * @throws ProcessFailure, the signal's reason, or what `onLine` threw
 */
export async function runProcess(command: CommandLine, options: ProcessOptions): Promise<string> {
  options.signal?.throwIfAborted();
  const child = spawn(command.path, command.args, {
    cwd: options.cwd,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A session of its own: Ctrl-C in a terminal is for us, and must not look like a broken file.
    detached: true,
  });
  if (options.background) giveWay(child);
  return new Promise((resolve, reject) => watch(child, options, { resolve, reject }));
}

const backgroundNiceness = 10;

function giveWay({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, backgroundNiceness);
  } catch {
    // It ended a moment ago, or may not be changed here: then it is like the others.
  }
}

/** The process leads a group of its own; whatever it started goes with it. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended a moment ago.
  }
}

interface Settle {
  resolve: (stderrTail: string) => void;
  reject: (error: unknown) => void;
}

function watch(child: ChildProcess, options: ProcessOptions, { resolve, reject }: Settle): void {
  const { signal } = options;
  const timeoutMs = Math.min(options.timeoutMs, longestTimerMs);
  const stallMs = Math.min(options.stallMs ?? timeoutMs, timeoutMs);
  const tail = new Tail(stderrTailLength);
  let verdict: { error: unknown } | null = null;

  const end = (error: () => unknown) => {
    verdict ??= { error: error() };
    killGroup(child);
  };
  const abort = () => end(() => signal?.reason);
  const expire = (reason: 'timeout' | 'stalled') => () =>
    end(() => new ProcessFailure(reason, { stderrTail: tail.toString() }));
  const deadline = setTimeout(expire('timeout'), timeoutMs);
  const watchdog = setTimeout(expire('stalled'), stallMs);
  signal?.addEventListener('abort', abort, { once: true });

  const lines = new LineSplitter((line) => options.onLine(line, () => watchdog.refresh()));
  const guarded = (work: () => void) => {
    if (verdict) return;
    try {
      work();
    } catch (error) {
      end(() => error);
    }
  };
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => guarded(() => lines.push(chunk)));
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => tail.push(chunk));

  const settle = (finish: () => void) => {
    clearTimeout(deadline);
    clearTimeout(watchdog);
    signal?.removeEventListener('abort', abort);
    finish();
  };
  child.once('error', (cause) => settle(() => reject(new ProcessFailure('spawn', { cause }))));
  child.once('close', (exitCode, killedBy) => {
    guarded(() => lines.end());
    settle(() => {
      const stderrTail = tail.toString();
      if (verdict) reject(verdict.error);
      else if (killedBy) reject(new ProcessFailure('signal', { signal: killedBy, stderrTail }));
      else if (exitCode !== 0) reject(new ProcessFailure('exit', { exitCode, stderrTail }));
      else resolve(stderrTail);
    });
  });
}
