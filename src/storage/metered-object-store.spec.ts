import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it, jest } from '@jest/globals';
import { MeteredObjectStore } from './metered-object-store.js';
import { type ObjectHead, ObjectStore } from './object-store.js';
import { type StorageObservation, StorageObserver } from './storage-observer.js';
import { storageErrors } from './storage.errors.js';

class RecordingObserver extends StorageObserver {
  readonly seen: StorageObservation[] = [];

  override observe(observation: StorageObservation): void {
    this.seen.push(observation);
  }
}

function metered(inner: Partial<ObjectStore>): { store: ObjectStore; observer: RecordingObserver } {
  const observer = new RecordingObserver();
  return { store: new MeteredObjectStore(inner as ObjectStore, observer), observer };
}

const head: ObjectHead = { key: 'a', sizeBytes: 1, lastModified: new Date(0) };

describe('MeteredObjectStore', () => {
  it('passes every operation on and tells its name and time', async () => {
    const inner = {
      canPresign: true,
      put: jest.fn(async () => head),
      get: jest.fn(async () => Readable.from([])),
      head: jest.fn(async () => head),
      copy: jest.fn(async () => undefined),
      promote: jest.fn(async () => undefined),
      delete: jest.fn(async () => undefined),
      deletePrefix: jest.fn(async () => 3),
      sweepUnfinished: jest.fn(async () => 4),
      presignGet: jest.fn(async () => 'get'),
      presignGets: jest.fn(async () => ['get']),
      presignPut: jest.fn(async () => 'put'),
      check: jest.fn(async () => undefined),
    };
    const { store, observer } = metered(inner);
    const source = Readable.from([]);
    const signal = new AbortController().signal;
    expect(store.canPresign).toBe(true);
    expect(await store.put('a', source, { signal })).toBe(head);
    await store.get('a', { start: 1, end: 2 });
    expect(await store.head('a')).toBe(head);
    await store.copy('a', 'b');
    await store.promote('a', 'b');
    await store.delete('a');
    expect(await store.deletePrefix('a/')).toBe(3);
    expect(await store.sweepUnfinished(5)).toBe(4);
    expect(await store.presignGet('a', { expiresInSeconds: 1 })).toBe('get');
    const presignedAt = { signedAt: new Date(), expiresInSeconds: 1 };
    expect(await store.presignGets(['a'], presignedAt)).toEqual(['get']);
    expect(await store.presignPut('a', { expiresInSeconds: 1 })).toBe('put');
    await store.check(signal);
    expect(inner.put.mock.calls).toEqual([['a', source, { signal }]]);
    expect(inner.get.mock.calls).toEqual([['a', { start: 1, end: 2 }]]);
    expect(inner.promote.mock.calls).toEqual([['a', 'b']]);
    expect(observer.seen.map(({ operation }) => operation)).toEqual([
      'put',
      'get',
      'head',
      'copy',
      'promote',
      'delete',
      'delete_prefix',
      'sweep_unfinished',
      'presign',
      'presign',
      'presign',
      'check',
    ]);
    for (const { seconds, outcome } of observer.seen) {
      expect(outcome).toBe('ok');
      expect(seconds).toBeGreaterThanOrEqual(0);
      expect(seconds).toBeLessThan(1);
    }
  });

  it.each([
    ['error', 'the store does not answer', storageErrors.STORAGE_UNAVAILABLE()],
    ['error', 'the store fails in an unknown way', new Error('unknown')],
    ['ok', 'the object is absent', storageErrors.OBJECT_NOT_FOUND()],
  ])('counts as %s when %s, and passes the failure on', async (outcome, _case, failure) => {
    const { store, observer } = metered({ get: () => Promise.reject(failure) });
    await expect(store.get('a')).rejects.toBe(failure);
    expect(observer.seen).toEqual([expect.objectContaining({ operation: 'get', outcome })]);
  });

  it('does not count a source that fails, or an abort, as a failure of the store', async () => {
    const failure = new Error('the client went away');
    const { store, observer } = metered({ put: () => Promise.reject(failure) });
    const source = new PassThrough().on('error', () => undefined).destroy(failure);
    await expect(store.put('a', source)).rejects.toBe(failure);
    const aborted = { signal: AbortSignal.abort(failure) };
    await expect(store.put('a', new PassThrough(), aborted)).rejects.toBe(failure);
    await expect(store.put('a', new PassThrough())).rejects.toBe(failure);
    expect(observer.seen.map(({ outcome }) => outcome)).toEqual(['ok', 'ok', 'error']);
  });

  it('observes a list when it ends, is left or fails', async () => {
    const { store, observer } = metered({
      list: async function* list(prefix: string) {
        yield head;
        if (prefix === 'broken/') throw new Error('unknown');
      },
    });
    for await (const object of store.list('a/')) expect(object).toBe(head);
    for await (const object of store.list('a/')) if (object) break;
    await expect(Array.fromAsync(store.list('broken/'))).rejects.toThrow('unknown');
    expect(observer.seen.map(({ operation, outcome }) => [operation, outcome])).toEqual([
      ['list', 'ok'],
      ['list', 'ok'],
      ['list', 'error'],
    ]);
  });
});
