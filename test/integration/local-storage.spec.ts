import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { LocalObjectStore } from '../../src/storage/local/local-object-store.js';
import { eventually } from '../support/eventually.js';
import { mountSmall, unmountSmall } from '../support/small-disk.js';
import { chunkStream, textOf, textStream } from '../support/streams.js';

const built = pathToFileURL(join(process.cwd(), 'dist/storage/local/local-object-store.js')).href;

/** Puts a stream that never ends to the key `a`. */
const slowPut = `
  import { Readable } from 'node:stream';
  import { setTimeout as sleep } from 'node:timers/promises';
  const { LocalObjectStore } = await import(process.argv[1]);
  const store = await LocalObjectStore.open(process.argv[2]);
  async function* chunks() { for (;;) { yield Buffer.alloc(65536, 'b'); await sleep(5); } }
  await store.put('dir/a', Readable.from(chunks()));
`;

describe('a process that is killed in the middle of a put', () => {
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'local-storage-'));
  });

  afterEach(() => rm(root, { recursive: true }));

  it('leaves the key as it was, and a file that a sweep takes', async () => {
    const store = await LocalObjectStore.open(root);
    await store.put('dir/a', textStream('old'));
    const child = spawn(process.execPath, ['--input-type=module', '--eval', slowPut, built, root], {
      stdio: 'inherit',
    });
    const ended = once(child, 'exit');
    const unfinished = await eventually(async () => {
      const [name = ''] = await readdir(join(root, '.tmp'));
      expect((await stat(join(root, '.tmp', name))).size).toBeGreaterThan(200_000);
      return name;
    });
    child.kill('SIGKILL');
    expect(await ended).toEqual([null, 'SIGKILL']);
    expect(await textOf(await store.get('dir/a'))).toBe('old');
    expect(await Array.fromAsync(store.list(''))).toHaveLength(1);
    expect(await readdir(join(root, '.tmp'))).toEqual([unfinished]);
    expect(await store.sweepUnfinished(60_000)).toBe(0);
    expect(await store.sweepUnfinished(-1)).toBe(1);
    expect(await readdir(join(root, '.tmp'))).toEqual([]);
  });
});

const small = mountSmall();

(small ? describe : describe.skip)('a full disk (needs the right to mount a tmpfs)', () => {
  const root = join(small ?? '', 'objects');
  let store: LocalObjectStore;

  beforeAll(async () => {
    await mkdir(root);
    store = await LocalObjectStore.open(root);
  });

  afterAll(() => {
    unmountSmall(small ?? '');
  });

  it('is told as STORAGE_FULL, leaves nothing, and the store goes on', async () => {
    await store.put('kept', textStream('old'));
    const source = chunkStream(160, 64 * 1024);
    await expect(store.put('kept', source)).rejects.toMatchObject({ code: 'STORAGE_FULL', status: 507 });
    expect(source.destroyed).toBe(true);
    expect(await textOf(await store.get('kept'))).toBe('old');
    expect(await readdir(join(root, '.tmp'))).toEqual([]);
    await store.put('next', chunkStream(32, 64 * 1024));
    await expect(store.copy('next', 'copy')).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    await writeFile(join(root, 'rest'), Buffer.alloc(8 * 1024 ** 2)).catch(() => undefined);
    await expect(store.check(AbortSignal.timeout(5_000))).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    expect((await Array.fromAsync(store.list(''))).map(({ key }) => key).sort()).toEqual([
      'kept',
      'next',
      'rest',
    ]);
  });
});
