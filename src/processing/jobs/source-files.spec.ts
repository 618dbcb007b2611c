import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { AppConfig, ProcessingConfig } from '../../config/index.js';
import type { ObjectStore } from '../../storage/index.js';
import { SourceFiles } from './source-files.js';

const original = (key: string, sizeBytes = 10) => ({ storageKey: key, sizeBytes });
const never = new AbortController().signal;
const same = (path: string) => Promise.resolve(path);

describe('SourceFiles', () => {
  let root: string;
  let get: jest.Mock<ObjectStore['get']>;
  let localPath: jest.Mock<ObjectStore['localPath']>;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'source-files-'));
    get = jest.fn<ObjectStore['get']>().mockImplementation(async (key) => Readable.from([Buffer.from(key)]));
    localPath = jest.fn<ObjectStore['localPath']>().mockResolvedValue(null);
  });
  afterEach(() => rm(root, { recursive: true }));

  const open = (sourceCacheBytes: number) =>
    new SourceFiles(
      { get, localPath } as unknown as ObjectStore,
      { scratchDir: root } as AppConfig,
      {
        sourceCacheBytes,
      } as ProcessingConfig,
    );

  it('reads in place where the store keeps files', async () => {
    localPath.mockResolvedValue('/objects/a');
    expect(await open(100).use(original('a'), never, same)).toBe('/objects/a');
    expect(get).not.toHaveBeenCalled();
  });

  it('fetches once for all who want the same, also at the same time', async () => {
    const sources = open(100);
    const read = () => sources.use(original('a'), never, (path) => readFile(path, 'utf8'));
    expect(await Promise.all([read(), read()])).toEqual(['a', 'a']);
    expect(await read()).toBe('a');
    expect(get).toHaveBeenCalledTimes(1);
    await sources.onModuleDestroy();
  });

  it('keeps the last used up to its bytes, and what is in use beyond them', async () => {
    const sources = open(20);
    const paths: string[] = [];
    await sources.use(original('a'), never, async (first) => {
      for (const key of ['b', 'c', 'd']) paths.push(await sources.use(original(key), never, same));
      expect(existsSync(first)).toBe(true);
    });
    await sources.clear();
    expect(paths.map((path) => existsSync(path))).toEqual([false, false, false]);
    await sources.use(original('d'), never, same);
    expect(get.mock.calls.map(([key]) => key)).toEqual(['a', 'b', 'c', 'd', 'd']);
    await sources.onModuleDestroy();
  });

  it('tries again after a fetch that failed', async () => {
    const sources = open(100);
    get.mockRejectedValueOnce(new Error('the store is down'));
    await expect(sources.use(original('a'), never, same)).rejects.toThrow('the store is down');
    expect(existsSync(await sources.use(original('a'), never, same))).toBe(true);
    await sources.onModuleDestroy();
  });

  it('does not wait for a fetch when the job is cancelled', async () => {
    const sources = open(100);
    const held = new Readable({ read: () => undefined });
    get.mockResolvedValueOnce(held);
    const controller = new AbortController();
    const using = sources.use(original('a'), controller.signal, same);
    controller.abort('media deleted');
    await expect(using).rejects.toBe('media deleted');
    held.destroy();
    await sources.onModuleDestroy();
  });
});
