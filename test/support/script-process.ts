import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const dist = join(import.meta.dirname, '../../dist');

/** A process that runs a module's text on the build. */
export interface ScriptProcess {
  process: ChildProcess;
  /** What it wrote to both of its outputs so far. */
  output(): string;
  /** Resolves with what was written when the text appears in it. @throws Error when the process ends before */
  wrote(text: string): Promise<string>;
  /** Resolves with the exit code; null after a signal. */
  ended: Promise<number | null>;
}

/** Runs a module in a group of its own. In its text `DIST` stands for the build's folder. */
export function runScript(source: string, env: Record<string, string> = {}): ScriptProcess {
  const child = spawn(
    process.execPath,
    ['--input-type=module', '-e', source.replaceAll('DIST', `file://${dist}`)],
    {
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    },
  );
  let output = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      for (const listener of listeners) listener();
    });
  }
  const ended = once(child, 'close').then(() => child.exitCode);
  const killWithTests = (): void => void child.kill('SIGKILL');
  process.once('exit', killWithTests);
  void ended.then(() => process.off('exit', killWithTests));
  return {
    process: child,
    output: () => output,
    ended,
    wrote: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (output.includes(text)) resolve(output);
        };
        listeners.add(look);
        look();
        void ended.then(() => reject(new Error(`the script ended before it wrote ${text}:\n${output}`)));
      }),
  };
}
