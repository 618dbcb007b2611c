import { readdirSync, statSync } from 'node:fs';
import {
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LocalObjectStore } from './local-object-store.js';

const text = (content: string): Readable => Readable.from([Buffer.from(content)]);

describe('LocalObjectStore', () => {
  let directory: string;
  let root: string;
  let store: LocalObjectStore;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'local-object-store-'));
    root = join(directory, 'deep/objects');
    store = await LocalObjectStore.open(root);
  });

  afterEach(() => rm(directory, { recursive: true }));

  it('keeps what it stores from other users', async () => {
    await store.put('a/b', text('x'));
    expect((await stat(join(root, 'a/b'))).mode & 0o777).toBe(0o600);
    for (const path of ['', 'a', '.tmp']) expect((await stat(join(root, path))).mode & 0o777).toBe(0o700);
  });

  it('finds its objects when it is opened again, through a link too', async () => {
    await store.put('a/b', text('x'));
    await symlink(root, join(directory, 'link'));
    const again = await LocalObjectStore.open(join(directory, 'link'));
    expect(await again.head('a/b')).toMatchObject({ sizeBytes: 1 });
  });

  it('refuses keys that a link leads out of the store', async () => {
    const outside = join(directory, 'outside');
    await mkdir(outside);
    await writeFile(join(outside, 'secret'), 'secret');
    await symlink(outside, join(root, 'dir'));
    await symlink(join(outside, 'secret'), join(root, 'file'));
    await store.put('a', text('x'));
    const refused = { code: 'INVALID_STORAGE_KEY' };
    for (const key of ['dir/secret', 'file']) {
      await expect(store.get(key)).rejects.toMatchObject(refused);
      await expect(store.head(key)).rejects.toMatchObject(refused);
      await expect(store.delete(key)).rejects.toMatchObject(refused);
      await expect(store.copy(key, 'copy')).rejects.toMatchObject(refused);
      await expect(store.promote(key, 'copy')).rejects.toMatchObject(refused);
    }
    for (const key of ['dir/new', 'dir/new/deeper']) {
      await expect(store.put(key, text('x'))).rejects.toMatchObject(refused);
      await expect(store.copy('a', key)).rejects.toMatchObject(refused);
      await expect(store.promote('a', key)).rejects.toMatchObject(refused);
    }
    await expect(store.deletePrefix('dir/')).rejects.toMatchObject(refused);
    expect(await Array.fromAsync(store.list(''))).toEqual([expect.objectContaining({ key: 'a' })]);
    expect(await readdir(outside)).toEqual(['secret']);
    expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('secret');
  });

  it('replaces a link that leads nowhere and leaves its target alone', async () => {
    await symlink(join(directory, 'nowhere'), join(root, 'a'));
    await store.put('a', text('x'));
    expect((await lstat(join(root, 'a'))).isFile()).toBe(true);
    await expect(stat(join(directory, 'nowhere'))).rejects.toThrow('ENOENT');
  });

  it('refuses a key below another one, or above', async () => {
    await store.put('a/b', text('x'));
    for (const key of ['a', 'a/b/c']) {
      await expect(store.put(key, text('y'))).rejects.toMatchObject({ code: 'INVALID_STORAGE_KEY' });
    }
    expect(await readdir(join(root, '.tmp'))).toEqual([]);
  });

  it('leaves no empty directories', async () => {
    for (const key of ['a/b/c/1', 'a/b/2', 'd/e/3', 'd/f/4']) await store.put(key, text('x'));
    await store.delete('a/b/c/1');
    expect(await readdir(join(root, 'a/b'))).toEqual(['2']);
    await store.promote('a/b/2', 'd/2');
    await store.deletePrefix('d/e/');
    expect((await readdir(root)).sort()).toEqual(['.tmp', 'd']);
    await store.deletePrefix('d/');
    expect(await readdir(root)).toEqual(['.tmp']);
  });

  it('deletes directories below a prefix that hold no objects', async () => {
    await mkdir(join(root, 'a/empty/deep'), { recursive: true });
    expect(await store.deletePrefix('a/')).toBe(0);
    expect(await readdir(root)).toEqual(['.tmp']);
  });

  it('sweeps only what has not been written to for long', async () => {
    const [old, fresh] = ['old', 'fresh'].map((name) => join(root, '.tmp', name)) as [string, string];
    await writeFile(old, 'x');
    await writeFile(fresh, 'x');
    const anHourAgo = new Date(Date.now() - 3_600_000);
    await utimes(old, anHourAgo, anHourAgo);
    expect(await store.sweepUnfinished(1_800_000)).toBe(1);
    expect(await readdir(join(root, '.tmp'))).toEqual(['fresh']);
  });

  it('tells the unfinished files of neighbouring prefixes apart', async () => {
    const waiting = (key: string): { put: Promise<unknown>; source: Readable } => {
      const source = new Readable({ read: () => undefined });
      source.push('x');
      const put = store.put(key, source);
      put.catch(() => undefined);
      return { put, source };
    };
    const doomed = waiting('a/1');
    const kept = [waiting('ab/1'), waiting('a-1'), waiting(`${'c'.repeat(250)}/1`)];
    while ((await readdir(join(root, '.tmp'))).length < 4) await new Promise(setImmediate);
    await store.deletePrefix('a/');
    await store.deletePrefix(`${'c'.repeat(249)}/`);
    for (const { source } of [doomed, ...kept]) source.push(null);
    await expect(doomed.put).rejects.toMatchObject({ code: 'OBJECT_DISCARDED' });
    for (const { put } of kept) await expect(put).resolves.toMatchObject({ sizeBytes: 1 });
  });

  it('takes little more from its source than it has written: a batch on its way and the next one', async () => {
    const chunkBytes = 256 * 1024;
    const ahead: number[] = [];
    const source = Readable.from(
      (function* chunks() {
        for (let index = 0; index < 128; index += 1) {
          const [name] = readdirSync(join(root, '.tmp'));
          const written = name === undefined ? 0 : statSync(join(root, '.tmp', name)).size;
          ahead.push(index * chunkBytes - written);
          yield Buffer.alloc(chunkBytes);
        }
      })(),
      { highWaterMark: 1 },
    );
    expect(await store.put('large', source)).toMatchObject({ sizeBytes: 128 * chunkBytes });
    expect(Math.max(...ahead)).toBeLessThanOrEqual(12 * chunkBytes);
  });

  describe('whose directory is gone', () => {
    beforeEach(() => rename(root, join(directory, 'unmounted')));

    it.each([
      ['put', () => store.put('a', text('x'))],
      ['get', () => store.get('a')],
      ['head', () => store.head('a')],
      ['delete', () => store.delete('a')],
      ['deletePrefix', () => store.deletePrefix('a/')],
      ['list', () => Array.fromAsync(store.list('a/'))],
      ['sweepUnfinished', () => store.sweepUnfinished(0)],
      ['check', () => store.check(AbortSignal.timeout(1_000))],
    ])('is unavailable, not empty: %s', async (_operation, run) => {
      await expect(run()).rejects.toMatchObject({
        code: 'STORAGE_UNAVAILABLE',
        options: { headers: { 'Retry-After': '10' } },
      });
    });
  });
});
