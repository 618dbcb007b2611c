import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ObjectStore } from '../../src/storage/index.js';
import { LocalObjectStore } from '../../src/storage/local/local-object-store.js';
import { S3ObjectStore } from '../../src/storage/s3/s3-object-store.js';
import { hasRealS3, startS3Server } from '../support/s3-server.js';
import { brokenStream, chunkStream, digestOf, textOf, textStream } from '../support/streams.js';

interface Driver {
  store: ObjectStore;
  stop(): Promise<void>;
}

const EMULATED = 's3 (emulator)';
const MEBIBYTE = 1024 ** 2;
const toSeconds = (date?: Date): number => Math.floor((date?.getTime() ?? 0) / 1000);
const never = (): Promise<never> => new Promise(() => undefined);

const drivers = {
  local: async (): Promise<Driver> => {
    const root = await mkdtemp(join(tmpdir(), 'object-store-'));
    return { store: await LocalObjectStore.open(root), stop: () => rm(root, { recursive: true }) };
  },
  [hasRealS3 ? 's3 (real server)' : EMULATED]: async (): Promise<Driver> => {
    const server = await startS3Server();
    // A small copy limit, so that the copy in parts is walked too.
    const store = new S3ObjectStore(server.config, { singleCopyLimitBytes: 12 * MEBIBYTE });
    return { store, stop: () => server.stop() };
  },
};

describe.each(Object.entries(drivers))('object store contract: %s', (name, start) => {
  let driver: Driver;
  let store: ObjectStore;
  let prefix: string;

  beforeAll(async () => {
    driver = await start();
    store = driver.store;
  });

  beforeEach(() => {
    prefix = `test/${randomUUID()}/`;
  });

  afterAll(async () => {
    await store.deletePrefix('test/');
    await driver.stop();
  });

  const put = (name: string, text: string) => store.put(prefix + name, textStream(text));
  const read = async (name: string) => textOf(await store.get(prefix + name));
  const keys = async (of = prefix) => {
    const found: string[] = [];
    for await (const object of store.list(of)) found.push(object.key.slice(prefix.length));
    return found.sort();
  };

  describe('put and get', () => {
    it('gives back what was put', async () => {
      const stored = await put('a', 'hello');
      expect(stored).toEqual({ key: `${prefix}a`, sizeBytes: 5 });
      expect(await read('a')).toBe('hello');
    });

    it('stores an empty object', async () => {
      expect(await store.put(`${prefix}empty`, textStream(''))).toMatchObject({ sizeBytes: 0 });
      expect(await read('empty')).toBe('');
      expect(await store.head(`${prefix}empty`)).toMatchObject({ sizeBytes: 0 });
    });

    it('keeps keys with spaces, percent signs, pluses and non-ASCII letters apart', async () => {
      const names = ['a b', 'a+b', 'a%20b', 'ä/ü 🏖', "q'(1)*!&=?#~"];
      for (const name of names) await put(name, name);
      for (const name of names) expect(await read(name)).toBe(name);
      expect(await keys()).toEqual([...names].sort());
    });

    it('replaces what was there', async () => {
      await put('a', 'a long first text');
      await put('a', 'second');
      expect(await read('a')).toBe('second');
      expect(await store.head(`${prefix}a`)).toMatchObject({ sizeBytes: 6 });
    });

    it('stores 20 MiB of unknown length in order', async () => {
      const expected = await digestOf(chunkStream(320, 64 * 1024));
      const stored = await store.put(`${prefix}large`, chunkStream(320, 64 * 1024));
      expect(stored.sizeBytes).toBe(20 * MEBIBYTE);
      expect(await digestOf(await store.get(`${prefix}large`))).toEqual(expected);
    });

    it('stores streams of exactly one and two parts', async () => {
      for (const mebibytes of [5, 10]) {
        const stored = await store.put(`${prefix}${mebibytes}`, chunkStream(mebibytes, MEBIBYTE));
        expect(stored.sizeBytes).toBe(mebibytes * MEBIBYTE);
        expect(await store.head(stored.key)).toMatchObject({ sizeBytes: mebibytes * MEBIBYTE });
      }
    });

    it.each([
      ['the first byte', { start: 0, end: 0 }, '0'],
      ['the middle', { start: 3, end: 5 }, '345'],
      ['the last byte', { start: 9, end: 9 }, '9'],
      ['an end beyond the last byte', { start: 8, end: 100 }, '89'],
    ])('reads a range: %s', async (_case, range, expected) => {
      await put('digits', '0123456789');
      expect(await textOf(await store.get(`${prefix}digits`, range))).toBe(expected);
    });

    it.each([
      ['begins beyond the last byte', { start: 10, end: 12 }],
      ['ends before it begins', { start: 5, end: 4 }],
      ['is negative', { start: -1, end: 4 }],
      ['is not whole', { start: 0.5, end: 4 }],
    ])('refuses a range that %s', async (_case, range) => {
      await put('digits', '0123456789');
      await expect(store.get(`${prefix}digits`, range)).rejects.toMatchObject({
        code: 'OBJECT_RANGE_INVALID',
      });
    });

    it('says that an object is absent before a byte of it', async () => {
      await put('dir/file', 'x');
      for (const name of ['absent', 'dir', 'absent/deep/down']) {
        await expect(store.get(prefix + name)).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
        expect(await store.head(prefix + name)).toBeNull();
      }
    });

    it('knows size and time of an object', async () => {
      const before = Date.now();
      await put('a', 'hello');
      const head = await store.head(`${prefix}a`);
      expect(head).toMatchObject({ key: `${prefix}a`, sizeBytes: 5 });
      expect(Math.abs((head?.lastModified.getTime() ?? 0) - before)).toBeLessThan(60_000);
    });

    it.each(['', '/a', '../a', 'a/../b', 'a//b', 'a\\b', '.tmp/a', 'a\0b'])(
      'refuses the key %j',
      async (key) => {
        const refused = { code: 'INVALID_STORAGE_KEY' };
        const source = textStream('x');
        await expect(store.put(key, source)).rejects.toMatchObject(refused);
        expect(source.destroyed).toBe(true);
        await expect(store.get(key)).rejects.toMatchObject(refused);
        await expect(store.head(key)).rejects.toMatchObject(refused);
        await expect(store.delete(key)).rejects.toMatchObject(refused);
        await expect(store.copy(key, `${prefix}b`)).rejects.toMatchObject(refused);
        await expect(store.promote(`${prefix}b`, key)).rejects.toMatchObject(refused);
      },
    );
  });

  describe('a put that does not come to its end', () => {
    const failure = new Error('the client went away');

    it.each([
      ['within the first part', 128 * 1024],
      ['after several parts', 12 * MEBIBYTE],
    ])('leaves nothing when its source fails %s', async (_case, bytes) => {
      const source = brokenStream(bytes, () => Promise.reject(failure));
      await expect(store.put(`${prefix}a`, source)).rejects.toBe(failure);
      expect(await keys()).toEqual([]);
      expect(await store.sweepUnfinished(-60_000)).toBe(0);
    });

    it('rejects when its source is destroyed without an error', async () => {
      const source = new PassThrough();
      source.write('half');
      const stored = store.put(`${prefix}a`, source);
      setTimeout(() => source.destroy(), 50);
      await expect(stored).rejects.toThrow();
      expect(await keys()).toEqual([]);
    });

    it.each([
      ['within the first part', 128 * 1024],
      ['after several parts', 12 * MEBIBYTE],
    ])('keeps the old content when it is aborted %s', async (_case, bytes) => {
      await put('a', 'old');
      const source = brokenStream(bytes, never);
      const abort = new AbortController();
      const stored = store.put(`${prefix}a`, source, { signal: abort.signal });
      setTimeout(() => abort.abort(failure), 200);
      await expect(stored).rejects.toBe(failure);
      expect(source.destroyed).toBe(true);
      expect(await read('a')).toBe('old');
      expect(await keys()).toEqual(['a']);
      expect(await store.sweepUnfinished(-60_000)).toBe(0);
    });

    it('stores nothing when it was aborted before it began', async () => {
      const stored = store.put(`${prefix}a`, textStream('x'), { signal: AbortSignal.abort(failure) });
      await expect(stored).rejects.toBe(failure);
      expect(await keys()).toEqual([]);
    });
  });

  const onlyListable = name === EMULATED ? describe.skip : describe;
  onlyListable('a put that is still running (needs a server that lists unfinished uploads)', () => {
    /** A put that has stored some parts, and the stream that feeds it. */
    const begin = async (): Promise<{ source: PassThrough; stored: Promise<unknown> }> => {
      const source = new PassThrough();
      const stored = store.put(`${prefix}dir/a`, source);
      stored.catch(() => undefined);
      for await (const chunk of chunkStream(12, MEBIBYTE)) {
        if (!source.write(chunk)) await once(source, 'drain');
      }
      await sleep(500);
      return { source, stored };
    };

    it('is listed as unfinished until it is done', async () => {
      const unfinished = async () =>
        (await Array.fromAsync((await store.listUnfinished(prefix)) ?? [])).map(({ key }) => key);
      const { source, stored } = await begin();
      // Files that are being written are no business of others.
      const known = (await store.listUnfinished('')) !== null;
      expect(await unfinished()).toEqual(known ? [`${prefix}dir/a`] : []);
      source.end();
      await stored;
      expect(await unfinished()).toEqual([]);
    });

    it('outlives a sweep of what is idle for longer', async () => {
      const { source, stored } = await begin();
      expect(await store.sweepUnfinished(60_000)).toBe(0);
      source.end();
      expect(await stored).toMatchObject({ sizeBytes: 12 * MEBIBYTE });
    });

    it.each([
      ['swept as idle', () => store.sweepUnfinished(-60_000), 1],
      ['deleted by its prefix', () => store.deletePrefix(prefix), 0],
    ])('fails when it is %s', async (_case, discard, expected) => {
      const { source, stored } = await begin();
      expect(await discard()).toBe(expected);
      source.end();
      await expect(stored).rejects.toMatchObject({ code: 'OBJECT_DISCARDED' });
      expect(await keys()).toEqual([]);
      expect(await store.sweepUnfinished(-60_000)).toBe(0);
    });
  });

  describe('at the same time', () => {
    it('leaves one whole object of several puts to one key', async () => {
      const texts = Array.from({ length: 8 }, (_, index) => String(index).repeat(100_000 + index));
      await Promise.all(texts.map((text) => put('a', text)));
      expect(texts).toContain(await read('a'));
      expect(await keys()).toEqual(['a']);
    });

    it('never shows a reader a part of an object', async () => {
      const sizes = [200_000, 900_000];
      await store.put(`${prefix}a`, chunkStream(1, 200_000));
      const writing = new AbortController();
      const writer = async (): Promise<void> => {
        for (let round = 0; round < 20; round += 1) {
          await store.put(`${prefix}a`, chunkStream(sizes[round % 2] === 200_000 ? 2 : 9, 100_000));
        }
        writing.abort();
      };
      const seen = new Set<number>();
      const reader = async (): Promise<void> => {
        while (!writing.signal.aborted) seen.add((await digestOf(await store.get(`${prefix}a`))).sizeBytes);
      };
      await Promise.all([writer(), reader(), reader()]);
      expect(sizes).toEqual(expect.arrayContaining([...seen]));
    });

    it('stores objects while their neighbours are deleted', async () => {
      const rounds = Array.from({ length: 20 }, (_, index) => index);
      await Promise.all(
        rounds.flatMap((index) => [
          put(`shared/dir/${index}`, 'x').then(() => store.delete(`${prefix}shared/dir/${index}`)),
          put(`shared/dir/kept-${index}`, 'y'),
        ]),
      );
      expect(await keys()).toEqual(rounds.map((index) => `shared/dir/kept-${index}`).sort());
    });
  });

  describe('list and delete', () => {
    it('lists whole segments only', async () => {
      for (const name of ['a/1', 'a/b/2', 'ab/3', 'a-4']) await put(name, name);
      expect(await keys(`${prefix}a/`)).toEqual(['a/1', 'a/b/2']);
      expect(await keys(`${prefix}nothing/`)).toEqual([]);
      const everything: string[] = [];
      for await (const { key } of store.list('')) everything.push(key);
      expect(everything).toEqual(expect.arrayContaining([`${prefix}a/1`, `${prefix}ab/3`]));
    });

    it('lists what head tells', async () => {
      await put('a', 'hello');
      for await (const object of store.list(prefix)) {
        const head = await store.head(`${prefix}a`);
        expect(object).toMatchObject({ key: head?.key, sizeBytes: head?.sizeBytes });
        // Some servers tell milliseconds in a list and whole seconds in a header.
        expect(toSeconds(object.lastModified)).toBe(toSeconds(head?.lastModified));
      }
    });

    it.each(['a', '/', '../', 'a/../'])('refuses the prefix %j', async (bad) => {
      await expect(store.deletePrefix(bad)).rejects.toMatchObject({ code: 'INVALID_STORAGE_KEY' });
      await expect(keys(bad)).rejects.toMatchObject({ code: 'INVALID_STORAGE_KEY' });
    });

    it('never takes no prefix for everything', async () => {
      await expect(store.deletePrefix('')).rejects.toMatchObject({ code: 'INVALID_STORAGE_KEY' });
    });

    it('deletes an object, and absent ones without complaint', async () => {
      await put('a/b', 'x');
      await store.delete(`${prefix}a/b`);
      await store.delete(`${prefix}a/b`);
      await store.delete(`${prefix}a/b/c`);
      expect(await keys()).toEqual([]);
    });

    it('does not delete a prefix by its name', async () => {
      await put('a/b', 'x');
      await store.delete(`${prefix}a`);
      expect(await keys()).toEqual(['a/b']);
    });

    it('deletes below a prefix and nothing beside it', async () => {
      for (const name of ['a/1', 'a/b/2', 'ab/3', 'a-4']) await put(name, name);
      expect(await store.deletePrefix(`${prefix}a/`)).toBe(2);
      expect(await keys()).toEqual(['a-4', 'ab/3']);
      expect(await store.deletePrefix(`${prefix}a/`)).toBe(0);
      expect(await store.deletePrefix(`${prefix}a-4/`)).toBe(0);
      expect(await keys()).toEqual(['a-4', 'ab/3']);
    });

    it('deletes and lists more objects than a page holds', async () => {
      // Names of one length: the emulator pages by another order than it sorts.
      for (let batch = 10; batch < 31; batch += 1) {
        await Promise.all(Array.from({ length: 50 }, (_, index) => put(`${batch}${index + 10}`, 'x')));
      }
      expect(await keys()).toHaveLength(1050);
      expect(await store.deletePrefix(prefix)).toBe(1050);
      expect(await keys()).toEqual([]);
    });
  });

  describe('copy and promote', () => {
    it.each([
      ['small', 1],
      ['larger than one copy request may be', 13],
    ])('copies an object: %s', async (_case, mebibytes) => {
      const original = await digestOf(chunkStream(mebibytes, MEBIBYTE));
      await store.put(`${prefix}a ä`, chunkStream(mebibytes, MEBIBYTE));
      await put('dir/b', 'old');
      await store.copy(`${prefix}a ä`, `${prefix}dir/b`);
      expect(await digestOf(await store.get(`${prefix}a ä`))).toEqual(original);
      expect(await digestOf(await store.get(`${prefix}dir/b`))).toEqual(original);
      expect(await store.sweepUnfinished(-60_000)).toBe(0);
    });

    it('copies an object onto itself', async () => {
      await put('a', 'x');
      await store.copy(`${prefix}a`, `${prefix}a`);
      expect(await read('a')).toBe('x');
    });

    it('refuses to copy or promote what is not there, or is a prefix', async () => {
      await put('dir/file', 'x');
      for (const name of ['absent', 'dir']) {
        const missing = { code: 'OBJECT_NOT_FOUND' };
        await expect(store.copy(prefix + name, `${prefix}b`)).rejects.toMatchObject(missing);
        await expect(store.promote(prefix + name, `${prefix}b`)).rejects.toMatchObject(missing);
      }
      expect(await keys()).toEqual(['dir/file']);
    });

    it('promotes an object over another one, and again without harm', async () => {
      await put('staged/a', 'new');
      await put('final/a', 'old');
      await store.promote(`${prefix}staged/a`, `${prefix}final/a`);
      await store.promote(`${prefix}staged/a`, `${prefix}final/a`);
      expect(await read('final/a')).toBe('new');
      expect(await keys()).toEqual(['final/a']);
    });

    it('promotes once when asked several times at once', async () => {
      await put('staged', 'x');
      await Promise.all(Array.from({ length: 4 }, () => store.promote(`${prefix}staged`, `${prefix}final`)));
      expect(await keys()).toEqual(['final']);
      expect(await read('final')).toBe('x');
    });

    it('keeps an object that is promoted onto itself', async () => {
      await put('a', 'x');
      await store.promote(`${prefix}a`, `${prefix}a`);
      expect(await read('a')).toBe('x');
    });
  });

  it('passes its check, which leaves no object', async () => {
    const everything = () => keys('');
    const before = await everything();
    await store.check(AbortSignal.timeout(5_000));
    expect(await everything()).toEqual(before);
    await expect(store.check(AbortSignal.abort(new Error('too slow')))).rejects.toThrow();
  });

  describe('presigned URLs', () => {
    const expiresInSeconds = 60;

    it('reads and writes by them, or says that it has none', async () => {
      if (!store.canPresign) {
        const unavailable = { code: 'PRESIGN_UNAVAILABLE' };
        await expect(store.presignGet(`${prefix}a`, { expiresInSeconds })).rejects.toMatchObject(unavailable);
        await expect(store.presignPut(`${prefix}a`, { expiresInSeconds })).rejects.toMatchObject(unavailable);
        const many = { signedAt: new Date(), expiresInSeconds };
        await expect(store.presignGets([`${prefix}a`], many)).rejects.toMatchObject(unavailable);
        return;
      }
      const type = { contentType: 'text/plain' };
      const upload = await store.presignPut(`${prefix}a`, { expiresInSeconds, ...type, sizeBytes: 5 });
      if (hasRealS3) {
        for (const [body, contentType] of [
          ['hello', 'text/html'],
          ['hello!', 'text/plain'],
        ] as const) {
          const headers = { 'Content-Type': contentType };
          expect((await fetch(upload, { method: 'PUT', body, headers })).status).toBe(403);
        }
      }
      const sent = await fetch(upload, {
        method: 'PUT',
        body: 'hello',
        headers: { 'Content-Type': 'text/plain' },
      });
      expect(sent.status).toBe(200);
      expect(await read('a')).toBe('hello');
      const contentDisposition = 'attachment; filename="x.txt"';
      const url = await store.presignGet(`${prefix}a`, { expiresInSeconds, ...type, contentDisposition });
      const got = await fetch(url);
      expect(await got.text()).toBe('hello');
      expect(got.headers.get('content-type')).toMatch(/^text\/plain/);
      if (hasRealS3) expect(got.headers.get('content-disposition')).toBe(contentDisposition);
      const keys = [`${prefix}a`, `${prefix}b ü!`];
      await put('b ü!', 'second');
      const signedAt = new Date(Date.now() - 5000);
      const urls = await store.presignGets(keys, { signedAt, expiresInSeconds });
      expect(await Promise.all(urls.map(async (one) => (await fetch(one)).text()))).toEqual([
        'hello',
        'second',
      ]);
      if (!hasRealS3) return;
      const [gone = ''] = await store.presignGets(keys, { signedAt, expiresInSeconds: 2 });
      expect((await fetch(gone)).status).toBe(403);
    });
  });
});
