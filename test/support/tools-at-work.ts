import { readdir, readlink } from 'node:fs/promises';

/** A media tool that runs, by the scratch directory that it works in. */
export interface ToolAtWork {
  pid: number;
  /** Process id of the worker that started it, as its directory's name says. */
  owner: number;
}

/** Linux only: it is read from /proc. */
export async function toolsAtWork(scratch: string): Promise<ToolAtWork[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    ids.map(async (id) => {
      const directory = await readlink(`/proc/${id}/cwd`).catch(() => '');
      if (!directory.startsWith(`${scratch}/`)) return [];
      const owner = directory.slice(scratch.length + 1).split('.')[2];
      return [{ pid: Number(id), owner: Number(owner) }];
    }),
  );
  return found.flat();
}
