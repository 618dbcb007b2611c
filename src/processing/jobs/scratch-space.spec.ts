import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { AppConfig, ProcessingConfig } from '../../config/index.js';
import { NotNow } from './not-now.js';
import { ScratchSpace } from './scratch-space.js';

describe('ScratchSpace', () => {
  let scratchDir: string;
  let space: ScratchSpace;
  beforeEach(async () => {
    scratchDir = join(await mkdtemp(join(tmpdir(), 'scratch-space-')), 'scratch');
    space = new ScratchSpace({ scratchDir } as AppConfig, { minFreeBytes: 1024 } as ProcessingConfig);
  });
  afterEach(async () => {
    space.onModuleDestroy();
    await rm(join(scratchDir, '..'), { recursive: true });
  });

  it('says when there is room for a job, and when there is not', async () => {
    await expect(space.assertRoom()).resolves.toBeUndefined();
    const full = new ScratchSpace({ scratchDir } as AppConfig, { minFreeBytes: 2 ** 60 } as ProcessingConfig);
    await expect(full.assertRoom()).rejects.toBeInstanceOf(NotNow);
  });

  it('gives each work an empty directory that nobody else can read', async () => {
    await space.use((first) =>
      space.use(async (second) => {
        expect(first).not.toBe(second);
        expect(await readdir(first)).toEqual([]);
        expect((await stat(first)).mode & 0o077).toBe(0);
      }),
    );
  });

  it.each(['succeeds', 'fails'])('removes the directory when the work %s', async (ending) => {
    let used = '';
    const work = space.use(async (directory) => {
      used = directory;
      await mkdir(join(directory, 'a/b'), { recursive: true });
      await writeFile(join(directory, 'a/b/file'), 'bytes');
      if (ending === 'fails') throw new Error('disk full');
      return 7;
    });
    const [{ status }] = await Promise.allSettled([work]);
    expect(status).toBe(ending === 'fails' ? 'rejected' : 'fulfilled');
    expect(existsSync(used)).toBe(false);
  });

  it('removes at start what a killed process left, and nothing of living ones', async () => {
    await space.use(async (alive) => {
      // A process that had the same number, but another start time: a restarted container's first.
      const left = join(scratchDir, basename(alive).replace(/-\d+\./, '-1.'));
      await mkdir(join(left, 'frames'), { recursive: true });
      expect(left).not.toBe(alive);
      await space.onModuleInit();
      expect(existsSync(left)).toBe(false);
      expect(existsSync(alive)).toBe(true);
    });
  });

  it('starts where there is no directory yet', async () => {
    await expect(space.onModuleInit()).resolves.toBeUndefined();
  });
});
