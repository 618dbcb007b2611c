import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ProcessOptions, runProcess } from './run-process.js';

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'run-process-'));
});
afterEach(() => rm(cwd, { recursive: true }));

function shell(script: string, options: Partial<ProcessOptions> = {}): Promise<string> {
  const command = { path: '/bin/sh', args: ['-c', script] };
  return runProcess(command, { cwd, timeoutMs: 10_000, onLine: () => undefined, ...options });
}

/** The script writes its process id before anything else happens. */
const forever = 'echo $$ > pid; echo started; exec sleep 60';

async function isAlive(): Promise<boolean> {
  return existsSync(`/proc/${(await readFile(join(cwd, 'pid'), 'utf8')).trim()}`);
}

const describeOnPosix = process.platform === 'win32' ? describe.skip : describe;

describeOnPosix('runProcess (needs a POSIX shell)', () => {
  it('hands over lines, the last one too, and resolves with the tail of stderr', async () => {
    const lines: string[] = [];
    const tail = await shell('printf "one\\ntwo"; echo trouble >&2', { onLine: (line) => lines.push(line) });
    expect([lines, tail]).toEqual([['one', 'two'], 'trouble']);
  });

  it('keeps only the end of a long stderr', async () => {
    const tail = await shell('yes trouble | head -c 1000000 >&2; echo end >&2');
    expect(tail.length).toBeLessThanOrEqual(8192);
    expect(tail).toMatch(/end$/);
  });

  it('passes nothing of the environment on', async () => {
    const lines: string[] = [];
    process.env['RUN_PROCESS_SECRET'] = 'secret';
    await shell('env', { onLine: (line) => lines.push(line) });
    delete process.env['RUN_PROCESS_SECRET'];
    expect(lines.join()).toContain('LC_ALL=C');
    expect(lines.join()).not.toContain('secret');
  });

  it('rejects when the process fails, with its code and what it said', async () => {
    await expect(shell('echo why >&2; exit 3')).rejects.toMatchObject({
      name: 'ProcessFailure',
      reason: 'exit',
      exitCode: 3,
      stderrTail: 'why',
    });
  });

  it('tells a signal from a code', async () => {
    await expect(shell('kill -SEGV $$')).rejects.toMatchObject({ reason: 'signal', signal: 'SIGSEGV' });
  });

  it('rejects when there is no such program', async () => {
    const command = { path: join(cwd, 'none'), args: [] };
    const running = runProcess(command, { cwd, timeoutMs: 1000, onLine: () => undefined });
    await expect(running).rejects.toMatchObject({ reason: 'spawn' });
  });

  it('kills at the time limit', async () => {
    await expect(shell(forever, { timeoutMs: 300 })).rejects.toMatchObject({ reason: 'timeout' });
    expect(await isAlive()).toBe(false);
  });

  it('kills what shows no sign of life, and only that', async () => {
    await expect(shell(forever, { stallMs: 300 })).rejects.toMatchObject({ reason: 'stalled' });
    expect(await isAlive()).toBe(false);
    const slow = 'for i in 1 2 3 4 5 6; do echo $i; sleep 0.2; done';
    await shell(slow, { stallMs: 800, onLine: (_, alive) => alive() });
  });

  it('kills on abort and rejects with the reason, when the process is gone', async () => {
    const controller = new AbortController();
    const running = shell(forever, {
      signal: controller.signal,
      onLine: () => controller.abort('media deleted'),
    });
    await expect(running).rejects.toBe('media deleted');
    expect(await isAlive()).toBe(false);
  });

  it('lets what runs in the background give way to others', async () => {
    const before = Number((await shellLines('nice'))[0]);
    const script = `while [ "$(nice)" = "${before}" ]; do :; done; nice`;
    expect(await shellLines(script, { background: true })).toEqual(['10']);
  });

  async function shellLines(script: string, options: Partial<ProcessOptions> = {}): Promise<string[]> {
    const lines: string[] = [];
    await shell(script, { ...options, onLine: (line) => lines.push(line) });
    return lines;
  }

  it('starts nothing after an abort', async () => {
    const signal = AbortSignal.abort('too late');
    await expect(shell('touch ran', { signal })).rejects.toBe('too late');
    expect(existsSync(join(cwd, 'ran'))).toBe(false);
  });

  it('kills when a line is refused', async () => {
    const refuse = () => {
      throw new Error('refused');
    };
    await expect(shell(forever, { onLine: refuse })).rejects.toThrow('refused');
    expect(await isAlive()).toBe(false);
  });

  it('kills what writes a line without end', async () => {
    await expect(shell('yes | tr -d "\\n"')).rejects.toThrow('too long');
  });
});
