import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sweepScratch, withScratch } from './scratch.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'scratch-spec-'));
});
afterEach(() => rm(root, { recursive: true }));

const host = hostname().replaceAll(/[^\w-]/g, '_');

describe('withScratch', () => {
  it('gives each its own directory and removes it with all that is in it', async () => {
    const [one, other] = await Promise.all(
      ['a', 'b'].map((name) =>
        withScratch(root, async (directory) => {
          await writeFile(join(directory, name), name);
          expect(await readdir(directory)).toEqual([name]);
          return directory;
        }),
      ),
    );
    expect(one).not.toBe(other);
    expect(await readdir(root)).toEqual([]);
  });

  it('removes it also when the work fails', async () => {
    await expect(withScratch(root, () => Promise.reject(new Error('work')))).rejects.toThrow('work');
    expect(await readdir(root)).toEqual([]);
  });
});

describe('sweepScratch', () => {
  const leave = async (name: string, ageMs = 0) => {
    await mkdir(join(root, name, 'inner'), { recursive: true });
    const time = new Date(Date.now() - ageMs);
    await utimes(join(root, name), time, time);
  };

  it('removes what dead processes left, and nothing of the living', async () => {
    await leave(`job.${host}.4194303.00000000-1.abcdef`);
    await leave(`job.${host}.${process.pid}.00000000-1.abcdef`);
    await leave('something-else');
    await withScratch(root, async (directory) => {
      expect(await sweepScratch(root)).toBe(2);
      expect(existsSync(directory)).toBe(true);
    });
    expect(await readdir(root)).toEqual(['something-else']);
  });

  it('leaves the directories of other hosts until they are old', async () => {
    await leave('job.elsewhere.1.00000000-1.young', 60_000);
    await leave('job.elsewhere.1.00000000-1.old', 180_000);
    expect(await sweepScratch(root, 120_000)).toBe(1);
    expect(await readdir(root)).toEqual(['job.elsewhere.1.00000000-1.young']);
  });

  it('has nothing to do where there is no directory yet', async () => {
    expect(await sweepScratch(join(root, 'none'))).toBe(0);
  });
});
