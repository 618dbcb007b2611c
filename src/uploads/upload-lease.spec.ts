import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { newId } from '../common/index.js';
import type { QuotaService } from '../quota/index.js';
import { type PendingDeletions, uploadPrefix } from '../storage/index.js';
import { UploadLease } from './upload-lease.js';

const TTL_MS = 200;
const owner = { userId: 'alice', orgId: null };

describe('UploadLease', () => {
  const extendQuota = jest.fn<QuotaService['extend']>();
  const extendDeletion = jest.fn<PendingDeletions['extend']>();
  let lease: UploadLease;
  beforeEach(() => {
    lease = new UploadLease(newId(), owner, {
      quota: { extend: extendQuota } as unknown as QuotaService,
      deletions: { extend: extendDeletion } as unknown as PendingDeletions,
      ttlMs: TTL_MS,
    });
  });
  afterEach(() => {
    lease.end();
    jest.restoreAllMocks();
    extendQuota.mockReset();
    extendDeletion.mockReset();
  });

  it('renews its claims on quota and on its place well before they run out', async () => {
    await sleep(4 * TTL_MS);
    expect(extendQuota.mock.calls.length).toBeGreaterThanOrEqual(2);
    expect(extendQuota).toHaveBeenCalledWith(lease.id, owner, 0);
    const [prefix, dueAt] = extendDeletion.mock.calls.at(-1) ?? [];
    expect(prefix).toBe(uploadPrefix(lease.id));
    expect(Number(dueAt)).toBeGreaterThan(Date.now());
  });

  it('renews no more when it has ended', async () => {
    lease.end();
    await sleep(2 * TTL_MS);
    expect(extendQuota).not.toHaveBeenCalled();
  });

  it('says so when it can not renew, and tries again', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    extendQuota.mockRejectedValueOnce(new Error('the database is gone'));
    await sleep(2 * TTL_MS);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(extendDeletion).toHaveBeenCalled();
  });
});
