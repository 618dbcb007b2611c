import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { newId } from '../../src/common/index.js';
import { Database } from '../../src/database/index.js';
import { ObjectStore, PendingDeletions, storageErrors, uploadPrefix } from '../../src/storage/index.js';
import { textStream } from '../support/streams.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { clear } from '../support/traces.js';

const HOUR_MS = 3_600_000;
const due = (): Date => new Date(Date.now() - 1000);
const later = (): Date => new Date(Date.now() + HOUR_MS);

describe('the ledger of pending deletions', () => {
  let service: TestApp;
  let ledger: PendingDeletions;
  let store: ObjectStore;
  let database: Database;
  beforeAll(async () => {
    service = await startTestApp({ env: { ROLE: 'api' } });
    ledger = service.app.get(PendingDeletions);
    store = service.app.get(ObjectStore);
    database = service.app.get(Database);
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await clear(service);
  });
  afterAll(() => service.close());

  /** A registered prefix with bytes below it. */
  async function written(dueAt: Date): Promise<string> {
    const prefix = uploadPrefix(newId());
    await ledger.register(database.unit(), prefix, dueAt);
    await store.put(`${prefix}original`, textStream('bytes'));
    return prefix;
  }
  const claim = (prefix: string): Promise<boolean> => database.transaction((tx) => ledger.claim(tx, prefix));
  const hasBytes = async (prefix: string): Promise<boolean> =>
    (await store.head(`${prefix}original`)) !== null;
  const rows = (): Promise<{ prefix: string; sweeping: boolean }[]> =>
    database.unit().execute('select prefix, sweeping_at is not null as sweeping from pending_deletion');
  const sql = (statement: string, ...parameters: unknown[]) =>
    database.unit().execute(statement, parameters, 'run');

  it('deletes what is due and leaves what is not', async () => {
    const [old, young] = [await written(due()), await written(later())];
    expect(await ledger.sweep(10)).toBe(1);
    expect([await hasBytes(old), await hasBytes(young)]).toEqual([false, true]);
    expect(await rows()).toEqual([{ prefix: young, sweeping: false }]);
  });

  it('deletes no more at once than asked, the oldest first', async () => {
    const young = await written(due());
    const old = await written(new Date(Date.now() - HOUR_MS));
    expect(await ledger.sweep(1)).toBe(1);
    expect([await hasBytes(old), await hasBytes(young)]).toEqual([false, true]);
  });

  it('keeps what was claimed', async () => {
    const prefix = await written(due());
    expect(await claim(prefix)).toBe(true);
    expect(await ledger.sweep(10)).toBe(0);
    expect(await hasBytes(prefix)).toBe(true);
    expect(await rows()).toEqual([]);
  });

  it('takes a claim back with its transaction', async () => {
    const prefix = await written(due());
    const failed = database.transaction(async (tx) => {
      expect(await ledger.claim(tx, prefix)).toBe(true);
      throw new Error('rolled back');
    });
    await expect(failed).rejects.toThrow('rolled back');
    expect(await ledger.sweep(10)).toBe(1);
    expect(await hasBytes(prefix)).toBe(false);
  });

  it('grants no claim on what was never registered, or is deleted', async () => {
    const prefix = await written(due());
    await ledger.sweep(10);
    expect(await claim(prefix)).toBe(false);
    expect(await claim(uploadPrefix(newId()))).toBe(false);
  });

  it('either keeps the bytes or deletes them, whatever meets', async () => {
    const outcomes = new Set<boolean>();
    for (let round = 0; round < 40; round += 1) {
      const prefix = await written(due());
      const sweepThrice = () => Promise.all([ledger.sweep(5), ledger.sweep(5), ledger.sweep(5)]);
      const early = round % 2 === 0 ? sweepThrice() : null;
      const claimed = database.transaction(async (tx) => {
        const granted = await ledger.claim(tx, prefix);
        // As long as a commit takes, so that the late sweeps fall into it.
        await tx.execute('select pg_sleep(0.01)');
        return granted;
      });
      await sleep(round % 12);
      await sweepThrice();
      const kept = await claimed;
      await early;
      expect(await hasBytes(prefix)).toBe(kept);
      expect(await rows()).toEqual([]);
      outcomes.add(kept);
      await store.deletePrefix(prefix);
    }
    expect(outcomes).toEqual(new Set([true, false]));
  });

  it('decides one way in concurrent claims and sweeps of many prefixes', async () => {
    const prefixes = await Promise.all(Array.from({ length: 40 }, () => written(due())));
    const [claims] = await Promise.all([
      Promise.all(prefixes.map(claim)),
      ...Array.from({ length: 6 }, () => ledger.sweep(15)),
    ]);
    while ((await ledger.sweep(100)) > 0);
    expect(await Promise.all(prefixes.map(hasBytes))).toEqual(claims);
    expect(await rows()).toEqual([]);
  });

  describe('extend', () => {
    it('puts a deletion off', async () => {
      const prefix = await written(due());
      await ledger.extend(prefix, later());
      expect(await ledger.sweep(10)).toBe(0);
      expect(await hasBytes(prefix)).toBe(true);
    });

    it('does not stop one that has begun', async () => {
      const prefix = await written(due());
      await sql("update pending_deletion set sweeping_at = now() - interval '16 minutes'");
      await ledger.extend(prefix, later());
      expect(await claim(prefix)).toBe(false);
      expect(await ledger.sweep(10)).toBe(1);
      expect(await hasBytes(prefix)).toBe(false);
    });

    it('makes nothing', async () => {
      await ledger.extend(uploadPrefix(newId()), due());
      expect(await rows()).toEqual([]);
    });
  });

  describe('discard', () => {
    it('deletes at once what is not due', async () => {
      const prefix = await written(later());
      await ledger.discard(prefix);
      expect(await hasBytes(prefix)).toBe(false);
      expect(await rows()).toEqual([]);
    });

    it('deletes nothing of a commit whose answer was lost', async () => {
      const prefix = await written(later());
      await claim(prefix);
      await ledger.discard(prefix);
      expect(await hasBytes(prefix)).toBe(true);
    });

    it('waits for a commit that is under way, and then deletes nothing', async () => {
      const prefix = await written(later());
      const claimed = Promise.withResolvers<void>();
      const commit = database.transaction(async (tx) => {
        await ledger.claim(tx, prefix);
        claimed.resolve();
        await tx.execute('select pg_sleep(0.2)');
      });
      await claimed.promise;
      await ledger.discard(prefix);
      await commit;
      expect(await hasBytes(prefix)).toBe(true);
    });
  });

  describe('a sweep that died', () => {
    it('is taken up by another after its lease', async () => {
      const prefix = await written(due());
      await sql("update pending_deletion set sweeping_at = now() - interval '14 minutes'");
      expect(await ledger.sweep(10)).toBe(0);
      await sql("update pending_deletion set sweeping_at = now() - interval '16 minutes'");
      expect(await ledger.sweep(10)).toBe(1);
      expect(await hasBytes(prefix)).toBe(false);
      expect(await rows()).toEqual([]);
    });

    it('never lets its prefix be claimed or registered anew', async () => {
      const prefix = await written(due());
      await sql('update pending_deletion set sweeping_at = now()');
      await ledger.register(database.unit(), prefix, later());
      expect(await claim(prefix)).toBe(false);
      expect(await rows()).toEqual([{ prefix, sweeping: true }]);
    });
  });

  it('is not held up by a prefix that can not be deleted, which is tried again', async () => {
    const [first, second, third] = [await written(due()), await written(due()), await written(due())];
    jest.spyOn(store, 'deletePrefix').mockRejectedValueOnce(storageErrors.STORAGE_UNAVAILABLE());
    await expect(ledger.sweep(10)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    const left = [await hasBytes(first), await hasBytes(second), await hasBytes(third)];
    expect(left.filter(Boolean)).toHaveLength(1);
    expect(await rows()).toMatchObject([{ sweeping: true }]);
    await sql("update pending_deletion set sweeping_at = now() - interval '16 minutes'");
    expect(await ledger.sweep(10)).toBe(1);
    expect(await Array.fromAsync(store.list(''))).toEqual([]);
  });
});
