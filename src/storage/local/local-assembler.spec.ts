import { type FileHandle, mkdtemp, open, readdir, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { AppendRequest, Piece } from '../assembler.js';
import { LocalAssembler } from './local-assembler.js';

const MEBIBYTE = 1024 ** 2;
const assembly = { key: 'originals/ab/1/original', handle: '' };
const discarded = { code: 'OBJECT_DISCARDED' };

async function* streamOf(...chunks: Buffer[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield chunk;
}

describe('LocalAssembler', () => {
  let root: string;
  let assembler: LocalAssembler;
  let pieces: Map<number, Piece>;
  let tells: Piece[];

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'local-assembler-'));
    assembler = await LocalAssembler.open(root);
    pieces = new Map();
    tells = [];
  });

  afterEach(() => rm(root, { recursive: true }));

  const request = (change: Partial<AppendRequest> = {}): AppendRequest => ({
    pieces: [...pieces.values()],
    writer: '1',
    continuable: true,
    source: streamOf(),
    onDurable: async (durable) => {
      for (const piece of durable) pieces.set(piece.number, piece);
      tells.push(...durable);
    },
    ...change,
  });
  const append = (bytes: Buffer, change: Partial<AppendRequest> = {}): Promise<void> =>
    assembler.append(assembly, request({ source: streamOf(bytes), ...change }));
  const assemble = (): Promise<unknown> => assembler.assemble(assembly, [...pieces.values()]);
  const directory = (): string => join(root, 'originals/ab/1/pieces');
  const solePath = async (): Promise<string> => {
    const names = await readdir(directory());
    expect(names).toHaveLength(1);
    return join(directory(), names[0] ?? '');
  };
  const put = async (number: number, exclusive: boolean): Promise<void> => {
    const slot = { number, offset: (number - 1) * 10, sizeBytes: 10, attempt: `a${number}`, exclusive };
    const source = Readable.from([Buffer.alloc(10, number)]);
    pieces.set(number, { number, sizeBytes: 10, receipt: await assembler.putPiece(assembly, slot, source) });
  };

  it('makes the file of appends the object', async () => {
    await append(Buffer.alloc(10));
    const { ino } = await stat(await solePath());
    await append(Buffer.alloc(20), { writer: '2' });
    await assemble();
    expect(await stat(join(root, assembly.key))).toMatchObject({ ino, size: 30 });
    expect(await readdir(join(root, 'originals/ab/1'))).toEqual(['original']);
  });

  it('makes the file of parts in place the object', async () => {
    await Promise.all([put(3, true), put(1, true), put(2, true)]);
    const { ino } = await stat(await solePath());
    await assemble();
    expect(await stat(join(root, assembly.key))).toMatchObject({ ino, size: 30 });
  });

  it('cuts what lies behind the last part', async () => {
    await Promise.all([put(1, true), put(2, true), put(3, true)]);
    pieces.delete(3);
    await assemble();
    expect(await stat(join(root, assembly.key))).toMatchObject({ size: 20 });
  });

  it('copies where a part was repeated', async () => {
    await Promise.all([put(1, true), put(2, true)]);
    const { ino } = await stat(await solePath());
    await put(2, false);
    await assemble();
    const object = await stat(join(root, assembly.key));
    expect(object).toMatchObject({ size: 20 });
    expect(object.ino).not.toBe(ino);
  });

  it('copies where the last writer did not let go', async () => {
    const killed = request({ source: streamOf(Buffer.alloc(17 * MEBIBYTE)) });
    let first: Piece | undefined;
    await assembler.append(assembly, {
      ...killed,
      onDurable: async ([piece]) => {
        first ??= piece;
      },
    });
    if (first) pieces.set(first.number, first);
    const { ino } = await stat(await solePath());
    await assemble();
    expect((await stat(join(root, assembly.key))).ino).not.toBe(ino);
  });

  it('does not continue the file of a writer that did not let go', async () => {
    await append(Buffer.alloc(10));
    await append(Buffer.alloc(10), { writer: '2', continuable: false });
    expect([...pieces.keys()]).toEqual([1, 2]);
    expect(await readdir(directory())).toHaveLength(2);
  });

  it('cuts a continued file to what counts', async () => {
    await append(Buffer.alloc(10, 'a'));
    const path = await solePath();
    await truncate(path, 1000);
    await append(Buffer.alloc(5, 'b'));
    expect(await stat(path)).toMatchObject({ size: 15 });
  });

  it('never fills lost bytes with zeros', async () => {
    await append(Buffer.alloc(10));
    await truncate(await solePath(), 5);
    await expect(append(Buffer.alloc(10))).rejects.toMatchObject(discarded);
    await expect(assemble()).rejects.toMatchObject(discarded);
    await expect(
      assembler.assemble(assembly, [...pieces.values(), { number: 2, sizeBytes: 1, receipt: 'p2-a@0' }]),
    ).rejects.toMatchObject(discarded);
  });

  it('leaves no file of an append that stored nothing', async () => {
    const refused = new Error('refused');
    const source = streamOf(Buffer.alloc(10));
    const unlinked = { source, onDurable: () => Promise.reject(refused) };
    await expect(assembler.append(assembly, request(unlinked))).rejects.toBe(refused);
    // It may count: the answer can have been lost.
    expect(await readdir(directory())).toHaveLength(1);
    await assembler.abandon(assembly);
    expect(await readdir(root)).toEqual(['.tmp']);
  });

  it('keeps what it stores from other users', async () => {
    await append(Buffer.alloc(10));
    expect((await stat(await solePath())).mode & 0o777).toBe(0o600);
    expect((await stat(directory())).mode & 0o777).toBe(0o700);
  });

  it('tells a slow stream after a second, and a fast one after some mebibytes', async () => {
    const slow = async function* slow(): AsyncGenerator<Buffer> {
      yield Buffer.alloc(10);
      await sleep(1500);
      yield Buffer.alloc(10);
    };
    await assembler.append(assembly, request({ source: slow() }));
    expect(tells.map(({ sizeBytes }) => sizeBytes)).toEqual([10, 20]);
    tells.length = 0;
    await append(Buffer.alloc(0), {
      writer: '2',
      source: streamOf(...Array.from({ length: 100 }, () => Buffer.alloc(MEBIBYTE))),
    });
    const sizes = [20, ...tells.map(({ sizeBytes }) => sizeBytes)];
    for (const [index, size] of sizes.entries()) {
      expect(size - (sizes[index - 1] ?? size)).toBeLessThanOrEqual(35 * MEBIBYTE);
    }
    expect(sizes.at(-1)).toBe(20 + 100 * MEBIBYTE);
  });

  describe('what is told', () => {
    let prototype: FileHandle;

    beforeEach(async () => {
      const file = await open(join(root, 'any'), 'w');
      prototype = Object.getPrototypeOf(file) as FileHandle;
      await file.close();
    });

    afterEach(() => {
      jest.restoreAllMocks();
    });

    it('was synced before, and the directories too', async () => {
      let synced = 0;
      let directories = 0;
      const { datasync, sync } = prototype;
      jest.spyOn(prototype, 'datasync').mockImplementation(async function datasyncs(this: FileHandle) {
        const { size } = await this.stat();
        await datasync.call(this);
        synced = Math.max(synced, size);
      });
      jest.spyOn(prototype, 'sync').mockImplementation(async function syncs(this: FileHandle) {
        await sync.call(this);
        directories += 1;
      });
      const seen: [told: number, synced: number, directories: number][] = [];
      const { onDurable, ...others } = request();
      await assembler.append(assembly, {
        ...others,
        source: streamOf(...Array.from({ length: 60 }, () => Buffer.alloc(MEBIBYTE))),
        onDurable: async (durable) => {
          seen.push([durable[0]?.sizeBytes ?? 0, synced, directories]);
          await onDurable(durable);
        },
      });
      expect(seen.length).toBeGreaterThan(2);
      for (const [told, syncedBefore, directoriesBefore] of seen) {
        expect(told).toBeLessThanOrEqual(syncedBefore);
        expect(directoriesBefore).toBe(5);
      }
      await put(7, true);
      expect(directories).toBe(10);
    });

    it('is only what could be synced', async () => {
      const failure = Object.assign(new Error('EIO'), { code: 'EIO', syscall: 'fdatasync' });
      jest.spyOn(prototype, 'datasync').mockRejectedValue(failure);
      await expect(append(Buffer.alloc(10))).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
      expect(tells).toEqual([]);
      await expect(put(1, true)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
      await expect(put(1, false)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    });

    it('is whole although the system writes a few bytes at a time', async () => {
      const { writev } = prototype;
      jest.spyOn(prototype, 'writev').mockImplementation(function writesShort(
        this: FileHandle,
        buffers,
        position,
      ) {
        const [first] = buffers as unknown as Buffer[];
        return writev.call(this, [first?.subarray(0, 7) ?? Buffer.alloc(0)], position);
      });
      const texts = ['ab', 'cdefghijklmnopq', 'r', 'stuvwxyz0123456789'];
      await assembler.append(
        assembly,
        request({ source: streamOf(...texts.map((text) => Buffer.from(text))) }),
      );
      const file = await open(await solePath());
      expect(await file.readFile('utf8')).toBe(texts.join(''));
      await file.close();
    });
  });
});
