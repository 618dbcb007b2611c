import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

const prefix = 'job';
const dayMs = 24 * 3600 * 1000;

/**
 * Runs `work` in a directory of its own under `root` and removes it afterwards. The name says which process
 * it belongs to, so that `sweepScratch` finds what a killed one left.
 */
export async function withScratch<T>(root: string, work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await openScratch(root);
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Makes a directory that is its caller's to remove, and swept once this process is gone. */
export async function openScratch(root: string): Promise<string> {
  await mkdir(root, { recursive: true, mode: 0o700 });
  const owner = [prefix, host(), process.pid, await startOf(process.pid)].join('.');
  return mkdtemp(join(root, `${owner}.`));
}

/**
 * Removes the directories of processes that are gone. Those of other hosts, whose processes can't be seen
 * from here, go when nothing was put into them for `foreignAgeMs`, which must be longer than any job.
 * @returns how many were removed
 */
export async function sweepScratch(root: string, foreignAgeMs = dayMs): Promise<number> {
  const names = await readdir(root).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  let removed = 0;
  for (const name of names) {
    const [kind, owner, pid, started] = name.split('.');
    if (kind !== prefix || owner === undefined || started === undefined) continue;
    const path = join(root, name);
    const abandoned =
      owner === host() ? (await startOf(Number(pid))) !== started : await isOlder(path, foreignAgeMs);
    if (!abandoned) continue;
    await rm(path, { recursive: true, force: true });
    removed += 1;
  }
  return removed;
}

/** The host's name without dots, which separate the parts of a directory's name. */
function host(): string {
  return hostname().replaceAll(/[^\w-]/g, '_');
}

async function isOlder(path: string, ageMs: number): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found !== null && Date.now() - found.mtimeMs > ageMs;
}

/**
 * When a process started, so that another one with the same id is told from it: boot id and clock ticks
 * since boot (proc(5), field 22) on Linux, elsewhere only whether it lives. Null when it is gone.
 */
async function startOf(pid: number): Promise<string | null> {
  try {
    const [boot, line] = await Promise.all([
      readFile('/proc/sys/kernel/random/boot_id', 'latin1'),
      readFile(`/proc/${pid}/stat`, 'latin1'),
    ]);
    // The command's name stands in brackets and may itself hold spaces and brackets.
    const ticks = line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? '';
    return `${boot.slice(0, 8)}-${ticks}`;
  } catch {
    if (process.platform === 'linux') return null;
  }
  try {
    process.kill(pid, 0);
    return 'alive';
  } catch {
    return null;
  }
}
