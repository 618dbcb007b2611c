import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runProcess } from './run-process.js';
import { Sandbox } from './sandbox.js';

const limits = { cpuSeconds: 60, addressSpaceBytes: 1024 ** 3, fileBytes: 1024 ** 2 };
const sandbox = await Sandbox.detect();
const whenKilled = sandbox.description.includes('dies') ? it : it.skip;
const whenLimited = sandbox.description.includes('prlimit') ? it : it.skip;

describe('Sandbox', () => {
  let cwd: string;
  beforeAll(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'sandbox-'));
  });
  afterAll(() => rm(cwd, { recursive: true }));

  whenKilled('ends a process whose parent was killed (needs setpriv)', async () => {
    const command = sandbox.wrap({ path: '/bin/sleep', args: ['60'] }, limits);
    const script = `
      const [path, ...args] = JSON.parse(process.argv[1]);
      const child = require('node:child_process').spawn(path, args, { detached: true, stdio: 'ignore' });
      setTimeout(() => console.log(child.pid), 300);
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['-e', script, JSON.stringify([command.path, ...command.args])]);
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    expect(existsSync(`/proc/${pid}`)).toBe(true);
    parent.kill('SIGKILL');
    await once(parent, 'close');
    for (let tries = 0; tries < 50 && existsSync(`/proc/${pid}/exe`); tries += 1) await sleep(50);
    expect(existsSync(`/proc/${pid}/exe`)).toBe(false);
  });

  whenLimited.each([
    ['the size of a file', 'head -c 2000000 /dev/zero > large', limits, /SIGXFSZ|code [1-9]/],
    ['CPU time', 'while :; do :; done', { ...limits, cpuSeconds: 1 }, /SIGXCPU/],
  ])('limits %s (needs prlimit)', async (_, script, applied, expected) => {
    const command = sandbox.wrap({ path: '/bin/sh', args: ['-c', script] }, applied);
    const running = runProcess(command, { cwd, timeoutMs: 20_000, onLine: () => undefined });
    await expect(running).rejects.toThrow(expected);
  });

  whenLimited('limits the memory that Node.js writes to, and lets it start (needs prlimit)', async () => {
    const run = (script: string) => {
      const command = { path: process.execPath, args: ['-e', script] };
      const applied = { cpuSeconds: 60, dataBytes: 1536 * 1024 ** 2, fileBytes: 1024 ** 2 };
      return runProcess(sandbox.wrap(command, applied), { cwd, timeoutMs: 20_000, onLine: () => undefined });
    };
    await expect(run('Buffer.alloc(2 * 1024 ** 3, 1)')).rejects.toThrow(
      /MEMORY_ALLOCATION_FAILED|allocation failed/,
    );
    await expect(run('Buffer.alloc(200 * 1024 ** 2, 1)')).resolves.toBe('');
  });
});
