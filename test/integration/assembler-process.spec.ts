import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Piece } from '../../src/storage/index.js';
import { LocalAssembler } from '../../src/storage/local/local-assembler.js';
import { LocalObjectStore } from '../../src/storage/local/local-object-store.js';
import { AssemblyRows, oddChunks, patternedBytes, randomNumbers } from '../support/assembly-rows.js';
import { FaultyS3 } from '../support/faulty-s3.js';
import { mountSmall, unmountSmall } from '../support/small-disk.js';

const MEBIBYTE = 1024 ** 2;
const built = (path: string): string => pathToFileURL(join(process.cwd(), 'dist/storage', path)).href;

/** Opens the assembler that its argument describes, and does as it is told by messages. */
const program = `
  import { createCipheriv } from 'node:crypto';
  import { once } from 'node:events';
  import { setTimeout as sleep } from 'node:timers/promises';
  const { module, name, root, config, tuning } = JSON.parse(process.argv[1]);
  const Assembler = (await import(module))[name];
  const assembler = root ? await Assembler.open(root) : new Assembler(config, tuning);
  const rest = (size, from) =>
    createCipheriv('aes-128-ctr', Buffer.alloc(16, 1), Buffer.alloc(16)).update(Buffer.alloc(size)).subarray(from);
  async function* paced(bytes) {
    for (let at = 0; at < bytes.length; at += 65536) {
      yield bytes.subarray(at, at + 65536);
      if (at % (1024 * 1024) === 0) await sleep(5);
    }
  }
  const started = once(process, 'message');
  process.send('ready');
  const [{ assembly, request, size, from, pieces }] = await started;
  if (pieces) {
    await assembler.assemble(assembly, pieces);
  } else {
    const onDurable = async (told) => {
      const stored = once(process, 'message');
      process.send(told);
      await stored;
    };
    await assembler.append(assembly, { ...request, source: paced(rest(size, from)), onDurable });
  }
  process.send('done');
  process.disconnect();
`;

async function startProcess(options: object): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program, JSON.stringify(options)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  expect((await once(child, 'message'))[0]).toBe('ready');
  return child;
}

/** Kills a process after a while, if it is not done before. @returns whether it was */
async function killAfter(child: ChildProcess, ms: number): Promise<boolean> {
  let done = false;
  child.on('message', (message) => {
    done ||= message === 'done';
  });
  const ended = once(child, 'exit');
  await Promise.race([sleep(ms, undefined, { ref: false }), ended]);
  child.kill('SIGKILL');
  await ended;
  return done;
}

interface Driver {
  options: object;
  key: string;
  begin(): Promise<string>;
  read(key: string): Promise<Buffer>;
  stop(): Promise<void>;
}

const key = 'originals/ab/1/original';

const drivers: Record<string, () => Promise<Driver>> = {
  local: async () => {
    const root = await mkdtemp(join(tmpdir(), 'assembler-process-'));
    const store = await LocalObjectStore.open(root);
    return {
      options: { module: built('local/local-assembler.js'), name: 'LocalAssembler', root },
      key,
      begin: async () => '',
      read: async (key) => buffer(await store.get(key)),
      stop: () => rm(root, { recursive: true }),
    };
  },
  s3: async () => {
    const s3 = await FaultyS3.start();
    const tuning = { partSizeBytes: MEBIBYTE, minPartBytes: MEBIBYTE / 2 };
    const { S3Assembler } = await import('../../src/storage/s3/s3-assembler.js');
    return {
      options: { module: built('s3/s3-assembler.js'), name: 'S3Assembler', config: s3.config, tuning },
      key,
      begin: () => new S3Assembler(s3.config, tuning).begin(key),
      read: async (key) => s3.objects.get(key) ?? Buffer.alloc(0),
      stop: () => s3.stop(),
    };
  },
};

describe.each(Object.entries(drivers))('processes that are killed: %s', (_name, start) => {
  let driver: Driver;

  beforeAll(async () => {
    driver = await start();
  });

  afterAll(() => driver.stop());

  it('lose nothing that was told, and the object is whole or not there', async () => {
    const random = randomNumbers(1);
    const bytes = patternedBytes(40 * MEBIBYTE + 123);
    const rows = new AssemblyRows({ key: driver.key, handle: await driver.begin() });
    let kills = 0;
    while (rows.offset < bytes.length) {
      const child = await startProcess(driver.options);
      const { letGo, onDurable, ...request } = rows.acquire();
      child.on('message', (told) => {
        if (told === 'done') return;
        onDurable(told as Piece[]).then(
          // The child may just have been killed.
          () => child.connected && child.send('stored', () => undefined),
          (error: unknown) => child.kill('SIGKILL') && error,
        );
      });
      child.send({ assembly: rows.assembly, request, size: bytes.length, from: rows.offset });
      // The last ones live longer, so that it comes to an end on slow machines too.
      const done = await killAfter(child, 50 + random() * 250 + kills * 50);
      if (done) letGo();
      else kills += 1;
    }
    expect(kills).toBeGreaterThan(1);
    for (const ms of [1, 3, 6, 10, 20, 40, 10_000]) {
      const child = await startProcess(driver.options);
      child.send({ assembly: rows.assembly, pieces: rows.list() });
      await killAfter(child, ms);
      const stored = await driver.read(driver.key).catch(() => Buffer.alloc(0));
      if (stored.length > 0) expect(stored.equals(bytes)).toBe(true);
    }
    expect((await driver.read(driver.key)).equals(bytes)).toBe(true);
  }, 120_000);
});

/** Appends 256 MiB and says by how much that made the process grow. */
const growth = `
  const { LocalAssembler } = await import(process.argv[1]);
  const assembler = await LocalAssembler.open(process.argv[2]);
  const assembly = { key: 'originals/ab/1/original', handle: '' };
  async function* chunks(count) {
    for (let index = 0; index < count; index += 1) {
      yield Buffer.alloc(65536, index);
      if (index % 8 === 0) await new Promise(setImmediate);
    }
  }
  const append = (count, writer) => assembler.append(assembly, {
    pieces: [], writer, continuable: true, source: chunks(count), onDurable: async () => {},
  });
  await append(256, 'warm');
  const before = process.memoryUsage.rss();
  let most = before;
  const watch = setInterval(() => { most = Math.max(most, process.memoryUsage.rss()); }, 5);
  await append(4096, 'measured');
  clearInterval(watch);
  await assembler.abandon(assembly);
  console.log(JSON.stringify(most - before));
`;

describe('an append of 256 MiB', () => {
  it('makes the process grow by a few mebibytes', async () => {
    const root = await mkdtemp(join(tmpdir(), 'assembler-memory-'));
    const args = ['--input-type=module', '--eval', growth, built('local/local-assembler.js'), root];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const grown = Number((await buffer(child.stdout)).toString());
    await rm(root, { recursive: true });
    expect(grown).toBeGreaterThan(0);
    expect(grown).toBeLessThan(80 * MEBIBYTE);
  });
});

const small = mountSmall();

(small ? describe : describe.skip)('a full disk (needs the right to mount a tmpfs)', () => {
  const root = join(small ?? '', 'objects');

  beforeAll(() => mkdir(root));

  afterAll(() => unmountSmall(small ?? ''));

  it('ends an append, and what was told stays and can be continued', async () => {
    const assembler = await LocalAssembler.open(root);
    const bytes = patternedBytes(3 * MEBIBYTE);
    const rows = new AssemblyRows({ key, handle: '' });
    await writeFile(join(root, 'others'), Buffer.alloc(2 * MEBIBYTE));
    const append = async (part: Buffer): Promise<void> => {
      const { letGo, ...request } = rows.acquire();
      const source = (async function* chunks() {
        yield* oddChunks(part, randomNumbers(1));
      })();
      await assembler.append(rows.assembly, { ...request, source }).finally(letGo);
    };
    await append(bytes.subarray(0, MEBIBYTE));
    await expect(append(bytes.subarray(MEBIBYTE))).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    expect(rows.offset).toBe(MEBIBYTE);
    await rm(join(root, 'others'));
    await append(bytes.subarray(MEBIBYTE));
    await assembler.assemble(rows.assembly, rows.list());
    const store = await LocalObjectStore.open(root);
    expect((await buffer(await store.get(key))).equals(bytes)).toBe(true);
  });
});
