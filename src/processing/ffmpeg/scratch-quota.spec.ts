import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { withinQuota } from './scratch-quota.js';

const tooMuch = new Error('too much');
const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });

describe('withinQuota', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'scratch-quota-'));
    await writeFile(join(directory, 'file'), Buffer.alloc(1000));
  });
  afterAll(() => rm(directory, { recursive: true }));
  const quota = (maxBytes: number, signal = new AbortController().signal) => ({
    directory,
    maxBytes,
    signal,
  });

  it('ends work whose files have become too large', async () => {
    await expect(withinQuota(quota(999), () => tooMuch, untilAborted)).rejects.toBe(tooMuch);
  });

  it('passes on what the work gives, and an abort from outside', async () => {
    expect(
      await withinQuota(
        quota(1000),
        () => tooMuch,
        () => Promise.resolve(7),
      ),
    ).toBe(7);
    const aborted = withinQuota(
      quota(1000, AbortSignal.abort('stop')),
      () => tooMuch,
      (signal) => {
        signal.throwIfAborted();
        return Promise.resolve();
      },
    );
    await expect(aborted).rejects.toBe('stop');
  });
});
