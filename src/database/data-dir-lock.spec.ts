import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../test/support/eventually.js';
import { lockDataDir } from './data-dir-lock.js';

/** When a process started, as the claim notes it. */
function startTimeOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

(existsSync('/proc/self/stat') ? describe : describe.skip)('lockDataDir (needs /proc)', () => {
  let directory: string;
  let other: ReturnType<typeof spawn>;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'data-dir-'));
    other = spawn('sleep', ['60'], { stdio: 'ignore' });
  });
  afterEach(() => {
    other.kill('SIGKILL');
    rmSync(directory, { recursive: true });
  });
  const claim = (text: string): void => writeFileSync(join(directory, 'service.pid'), text);
  const otherPid = (): number => Number(other.pid);

  it('refuses while a living process holds the directory', () => {
    claim(`${otherPid()}\n${startTimeOf(otherPid())}`);
    expect(() => lockDataDir(directory)).toThrow(/another instance uses DATA_DIR/);
    expect(readdirSync(directory)).toEqual(['service.pid']);
  });

  it('takes over from a zombie', async () => {
    // The shell's place is taken by a program that never asks after its children.
    const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    await eventually(() => expect(readFileSync(`/proc/${pid}/stat`, 'utf8')).toContain(') Z '));
    claim(`${pid}\n${startTimeOf(pid)}`);
    lockDataDir(directory)();
    parent.kill('SIGKILL');
  });

  it('is free again after the release', () => {
    lockDataDir(directory)();
    expect(readdirSync(directory)).toEqual([]);
    lockDataDir(directory)();
  });

  it('makes the directory', () => {
    const release = lockDataDir(join(directory, 'a/b'));
    expect(readFileSync(join(directory, 'a/b/service.pid'), 'utf8')).toBe(
      `${process.pid}\n${startTimeOf(process.pid)}`,
    );
    release();
  });

  it.each([
    ['of a process that is gone', () => '2147483646\n1'],
    ['of a process whose number another one has now', () => `${otherPid()}\n1`],
    ['of an earlier process with our own number', () => `${process.pid}\n1`],
    ['that a crash left empty', () => ''],
    ['that is no claim', () => 'hello'],
  ])('takes over a claim %s', (_, text) => {
    claim(text());
    const release = lockDataDir(directory);
    expect(readFileSync(join(directory, 'service.pid'), 'utf8')).toBe(
      `${process.pid}\n${startTimeOf(process.pid)}`,
    );
    expect(readdirSync(directory)).toEqual(['service.pid']);
    release();
  });
});
