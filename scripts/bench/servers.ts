/** Servers of the benchmark, each a process of its own, and what they use. Linux only: it is read from /proc. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface Server {
  origin: string;
  /** Empty for the bare ones. */
  token: string;
  pid: number;
  stop(): Promise<void>;
}

/** One line of the report: the service against what it stands on. */
export interface Row {
  what: string;
  unit: string;
  service: number;
  bare: number;
  /** Of medians of rounds it is not the quotient of the two. */
  ratio?: number;
  /** What the ratio is meant to be. */
  target?: { most: number } | { least: number };
}

export const root = join(import.meta.dirname, '../..');
export const bareFile = join(import.meta.dirname, 'bare.ts');
/** Clock ticks a second in /proc, the same on all common Linux systems. */
const TICKS = 100;

/**
 * CPU seconds so far of a process and of all below it, those that have ended included (proc(5), stat); and of the
 * process alone.
 */
export function cpuSeconds(pid: number): { all: number; own: number } {
  const times = new Map<number, { parent: number; ticks: number; own: number }>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      // The name, in parentheses, may hold spaces: the fields are counted from behind it.
      const fields = readFileSync(`/proc/${name}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')
        .map(Number);
      const sum = (from: number, to: number): number => fields.slice(from, to).reduce((a, b) => a + b, 0);
      times.set(Number(name), { parent: fields[1] ?? 0, ticks: sum(11, 15), own: sum(11, 13) });
    } catch {
      // Ended since it was listed; its parent counts it from now on.
    }
  }
  const ticksOf = (process: number): number =>
    [...times].reduce(
      (sum, [child, { parent }]) => (parent === process ? sum + ticksOf(child) : sum),
      times.get(process)?.ticks ?? 0,
    );
  return { all: ticksOf(pid) / TICKS, own: (times.get(pid)?.own ?? 0) / TICKS };
}

/** Starts a server in a process of its own and reads where it is from the lines that it prints. */
export async function startServer(args: string[], env: Record<string, string> = {}): Promise<Server> {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, args, {
    // Nothing of the caller's own settings, nor of a file .env here.
    env: { PATH, HOME, ...env },
    cwd: env['DATA_DIR'] ?? root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const found = { origin: '', token: '' };
  for await (const line of createInterface({ input: child.stdout })) {
    const [, name, value = ''] = /^(Service|Token|Bare) +(\S+)/.exec(line) ?? [];
    if (name === 'Token') found.token = value;
    else if (name) found.origin = value;
    if (name === 'Token' || name === 'Bare') break;
  }
  if (!found.origin || child.pid === undefined) throw new Error('the server ended before it listened');
  const stop = async (): Promise<void> => {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  };
  return { ...found, pid: child.pid, stop };
}

export interface Measured {
  /** CPU seconds of the server and of all its processes, and of the first one alone. */
  cpu: number;
  ownCpu: number;
  seconds: number;
  /** Of the answers to `get`. */
  bytes: number;
  /** Of `flood`. */
  counts: Record<string, number>;
}

/** Runs the client, and tells what it took of time and what of CPU the server spent on it. */
export async function measure(
  server: Server,
  kind: 'get' | 'flood' | 'form' | 'tus' | 'parts',
  load: object,
): Promise<Measured> {
  const before = cpuSeconds(server.pid);
  const args = [join(import.meta.dirname, 'load.ts'), kind, JSON.stringify({ token: server.token, ...load })];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error('the client failed');
  const after = cpuSeconds(server.pid);
  const said = JSON.parse(output) as Pick<Measured, 'seconds' | 'bytes' | 'counts'>;
  return { cpu: after.all - before.all, ownCpu: after.own - before.own, ...said };
}

/** Resident memory of a process now, in bytes. */
export function residentBytes(pid: number): number {
  const [, kibibytes = '0'] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kibibytes) * 1024;
}
