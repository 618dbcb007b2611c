import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { newId } from '../../common/index.js';
import type { Database } from '../../database/index.js';
import { derivedPrefix, type ObjectStore, type PendingDeletions } from '../../storage/index.js';
import { VariantAttempts } from './variant-attempt.js';

const MINUTE = 60_000;
const mediaId = newId();

describe('VariantAttempt', () => {
  const stored = new Map<string, { text: string; contentType: string }>();
  const store = {
    put: async (key: string, source: Readable, { contentType }: { contentType: string }) => {
      const text = await textOf(source);
      stored.set(key, { text, contentType });
      return { sizeBytes: text.length };
    },
  } as unknown as ObjectStore;
  const deletions = {
    register: jest.fn<PendingDeletions['register']>(),
    extend: jest.fn<PendingDeletions['extend']>(),
    discard: jest.fn<PendingDeletions['discard']>(),
  };
  const attempts = new VariantAttempts(
    { unit: () => null } as unknown as Database,
    store,
    deletions as unknown as PendingDeletions,
  );
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'variant-attempt-'));
    await mkdir(join(directory, 'hls/480p'), { recursive: true });
    await writeFile(join(directory, 'hls/master.m3u8'), '#EXTM3U');
    await writeFile(join(directory, 'hls/480p/0.m4s'), 'segment');
  });
  afterAll(() => rm(directory, { recursive: true }));
  beforeEach(() => {
    stored.clear();
    for (const method of Object.values(deletions)) method.mockReset().mockResolvedValue(undefined);
  });
  afterEach(() => {
    jest.useRealTimers();
    Logger.overrideLogger(['warn']);
  });

  it('is registered for deletion before it can be written to', async () => {
    const before = Date.now();
    const attempt = await attempts.begin(mediaId);
    attempt.end();
    const [, prefix, dueAt] = deletions.register.mock.calls[0] ?? [];
    expect(prefix).toBe(attempt.prefix);
    expect(attempt.prefix.startsWith(derivedPrefix(mediaId))).toBe(true);
    expect(dueAt?.getTime()).toBeGreaterThanOrEqual(before + 30 * MINUTE);
  });

  it('is not handed out when it could not be registered', async () => {
    deletions.register.mockRejectedValue(new Error('database down'));
    await expect(attempts.begin(mediaId)).rejects.toThrow('database down');
  });

  it('never shares a prefix with another attempt at the same media', async () => {
    const [first, second] = [await attempts.begin(mediaId), await attempts.begin(mediaId)];
    first.end();
    second.end();
    expect(first.prefix).not.toBe(second.prefix);
  });

  it('stores files and directories under its prefix', async () => {
    const attempt = await attempts.begin(mediaId);
    const key = await attempt.put(join(directory, 'hls/master.m3u8'), 'poster', 'image/webp');
    expect(key).toBe(`${attempt.prefix}poster`);
    const tree = await attempt.putDirectory(join(directory, 'hls'), 'hls', (path) => `type/${path}`);
    expect(tree).toEqual({ prefix: `${attempt.prefix}hls/`, sizeBytes: 14 });
    expect(Object.fromEntries(stored)).toEqual({
      [key]: { text: '#EXTM3U', contentType: 'image/webp' },
      [`${attempt.prefix}hls/master.m3u8`]: { text: '#EXTM3U', contentType: 'type/master.m3u8' },
      [`${attempt.prefix}hls/480p/0.m4s`]: { text: 'segment', contentType: 'type/480p/0.m4s' },
    });
    attempt.end();
  });

  it('renews its lease well before it runs out, until it ends', async () => {
    jest.useFakeTimers();
    const attempt = await attempts.begin(mediaId);
    await jest.advanceTimersByTimeAsync(25 * MINUTE);
    expect(deletions.extend).toHaveBeenCalledTimes(2);
    expect(deletions.extend).toHaveBeenLastCalledWith(attempt.prefix, new Date(Date.now() + 25 * MINUTE));
    attempt.end();
    await jest.advanceTimersByTimeAsync(120 * MINUTE);
    expect(deletions.extend).toHaveBeenCalledTimes(2);
  });

  it('survives a renewal that fails, and tries again', async () => {
    Logger.overrideLogger(false);
    jest.useFakeTimers();
    deletions.extend.mockRejectedValueOnce(new Error('database down'));
    const attempt = await attempts.begin(mediaId);
    await jest.advanceTimersByTimeAsync(20 * MINUTE);
    expect(deletions.extend).toHaveBeenCalledTimes(2);
    attempt.end();
  });

  it('gives its bytes up for deletion', async () => {
    const attempt = await attempts.begin(mediaId);
    attempt.end();
    await attempt.discard();
    expect(deletions.discard).toHaveBeenCalledWith(attempt.prefix);
  });
});
