import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DomainError } from '../../src/common/index.js';
import type { Assembler, Assembly, ObjectStore, PieceSlot } from '../../src/storage/index.js';
import { LocalAssembler } from '../../src/storage/local/local-assembler.js';
import { LocalObjectStore } from '../../src/storage/local/local-object-store.js';
import { S3Assembler } from '../../src/storage/s3/s3-assembler.js';
import { S3ObjectStore } from '../../src/storage/s3/s3-object-store.js';
import {
  AssemblyRows,
  oddChunks,
  patternedBytes,
  randomNumbers,
  TakenOver,
} from '../support/assembly-rows.js';
import { hasRealS3, startS3Server } from '../support/s3-server.js';

const MEBIBYTE = 1024 ** 2;
const EMULATED = 's3 (emulator)';

interface Driver {
  assembler: Assembler;
  store: ObjectStore;
  stop(): Promise<void>;
}

const drivers = {
  local: async (): Promise<Driver> => {
    const root = await mkdtemp(join(tmpdir(), 'assembler-'));
    return {
      assembler: await LocalAssembler.open(root),
      store: await LocalObjectStore.open(root),
      stop: () => rm(root, { recursive: true }),
    };
  },
  [hasRealS3 ? 's3 (real server)' : EMULATED]: async (): Promise<Driver> => {
    const server = await startS3Server();
    return {
      assembler: new S3Assembler(server.config),
      store: new S3ObjectStore(server.config),
      stop: () => server.stop(),
    };
  },
};

async function* streamOf(...chunks: Buffer[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield chunk;
}

describe.each(Object.entries(drivers))('assembler contract: %s', (name, start) => {
  let driver: Driver;
  let assembler: Assembler;
  let key: string;
  let assembly: Assembly;
  let rows: AssemblyRows;

  beforeAll(async () => {
    driver = await start();
    assembler = driver.assembler;
  });

  beforeEach(async () => {
    key = `test/${randomUUID()}/original`;
    assembly = { key, handle: await assembler.begin(key, { contentType: 'video/mp4' }) };
    rows = new AssemblyRows(assembly);
  });

  afterEach(async () => {
    await assembler.abandon(assembly);
    await driver.store.deletePrefix(`${key.slice(0, key.lastIndexOf('/'))}/`);
  });

  afterAll(() => driver.stop());

  const keys = async (): Promise<string[]> => {
    const prefix = key.slice(0, key.lastIndexOf('/') + 1);
    const found = await Array.fromAsync(driver.store.list(prefix));
    return found.map((object) => object.key);
  };
  const append = async (...chunks: Buffer[]): Promise<void> => {
    const { letGo, ...request } = rows.acquire();
    await assembler.append(assembly, { ...request, source: streamOf(...chunks) }).finally(letGo);
  };
  /** Assembles what is told, and expects exactly these bytes and nothing else. */
  const expectAssembled = async (expected: Buffer): Promise<void> => {
    expect(await assembler.assemble(assembly, rows.list())).toEqual({ key, sizeBytes: expected.length });
    await expectStored(expected);
  };
  const expectStored = async (expected: Buffer): Promise<void> => {
    const stored = await buffer(await driver.store.get(key));
    expect(stored.length).toBe(expected.length);
    expect(stored.equals(expected)).toBe(true);
    expect(await keys()).toEqual([key]);
  };

  it.each(['original', 'a/pieces', '../a', ''])('refuses the key %j', async (bad) => {
    const refused = { code: 'INVALID_STORAGE_KEY' };
    await expect(assembler.begin(bad)).rejects.toMatchObject(refused);
    await expect(assembler.abandon({ key: bad, handle: '' })).rejects.toMatchObject(refused);
  });

  describe('slots', () => {
    const partBytes = 5 * MEBIBYTE;
    const whole = patternedBytes(3 * partBytes + 12_345);
    const slot = (number: number, change: Partial<PieceSlot> = {}): PieceSlot => {
      const offset = (number - 1) * partBytes;
      const sizeBytes = Math.min(partBytes, whole.length - offset);
      return { number, offset, sizeBytes, attempt: randomUUID(), exclusive: true, ...change };
    };
    const bytesOf = ({ offset, sizeBytes }: PieceSlot): Buffer => whole.subarray(offset, offset + sizeBytes);
    const put = async (place: PieceSlot, bytes = bytesOf(place)): Promise<string> => {
      const receipt = await assembler.putPiece(
        assembly,
        place,
        Readable.from(oddChunks(bytes, randomNumbers(1))),
      );
      rows.pieces.set(place.number, { number: place.number, sizeBytes: place.sizeBytes, receipt });
      return receipt;
    };

    it('takes parts in any order and in parallel', async () => {
      await Promise.all([4, 2, 1, 3].map((number) => put(slot(number))));
      expect(await keys()).not.toContain(key);
      await expectAssembled(whole);
    });

    it('counts the last receipt of a part that was repeated', async () => {
      await Promise.all([put(slot(1)), put(slot(2), Buffer.alloc(partBytes)), put(slot(3)), put(slot(4))]);
      await put(slot(2, { exclusive: false }), Buffer.alloc(partBytes, 1));
      await put(slot(2, { exclusive: false }));
      await expectAssembled(whole);
    });

    it('keeps the receipt that is stored when a later one is not', async () => {
      for (const number of [1, 2, 3, 4]) await put(slot(number));
      // Of a process that was killed before it stored the receipt.
      const other = slot(2, { exclusive: false });
      await assembler.putPiece(assembly, other, Readable.from([Buffer.alloc(partBytes)]));
      await expectAssembled(whole);
    });

    it('does not let an attempt that comes late harm a later one that counts', async () => {
      const slow = new PassThrough();
      const first = assembler.putPiece(assembly, slot(2), slow);
      slow.write(Buffer.alloc(MEBIBYTE));
      for (const number of [1, 3, 4]) await put(slot(number));
      await put(slot(2, { exclusive: false }));
      slow.end(Buffer.alloc(partBytes - MEBIBYTE));
      await first;
      await expectAssembled(whole);
    });

    const failure = new Error('the client went away');
    const failing = async function* failing(): AsyncGenerator<Buffer> {
      yield Buffer.alloc(MEBIBYTE);
      throw failure;
    };
    it.each([
      ['fails', (): Readable => Readable.from(failing()), failure],
      ['ends early', () => Readable.from([Buffer.alloc(partBytes - 1)]), { code: 'PIECE_SIZE_MISMATCH' }],
      [
        'is longer',
        () => Readable.from([Buffer.alloc(partBytes), Buffer.alloc(1)]),
        { code: 'PIECE_SIZE_MISMATCH' },
      ],
      ['is much longer', () => Readable.from([Buffer.alloc(3 * partBytes)]), { code: 'PIECE_SIZE_MISMATCH' }],
    ])('keeps the earlier receipt when the source of a repeat %s', async (_case, source, error) => {
      for (const number of [1, 2, 3, 4]) await put(slot(number));
      for (const exclusive of [false, ...(name === 'local' ? [] : [true])]) {
        const attempt = assembler.putPiece(assembly, slot(2, { exclusive }), source());
        await expect(attempt).rejects.toMatchObject(error);
      }
      await expectAssembled(whole);
    });

    it.each([true, false])(
      'stays within its range when the source is longer (in place: %p)',
      async (exclusive) => {
        await put(slot(3));
        const chunks = [bytesOf(slot(2)), Buffer.alloc(100)];
        const attempt = assembler.putPiece(assembly, slot(2, { exclusive }), Readable.from(chunks));
        await expect(attempt).rejects.toMatchObject({ code: 'PIECE_SIZE_MISMATCH' });
        for (const number of [1, 2, 4]) await put(slot(number, { exclusive: number !== 2 }));
        await expectAssembled(whole);
      },
    );

    it('does not store what is not verified, and verifies when everything is read', async () => {
      const wrong = new Error('another checksum');
      for (const exclusive of [true, false]) {
        let read = 0;
        const bytes = bytesOf(slot(1));
        const counted = Readable.from(oddChunks(bytes, randomNumbers(1))).map((chunk: Buffer) => {
          read += chunk.length;
          return chunk;
        });
        const verify = (): void => {
          expect(read).toBe(bytes.length);
          throw wrong;
        };
        const attempt = assembler.putPiece(assembly, slot(1, { exclusive }), counted, { verify });
        await expect(attempt).rejects.toBe(wrong);
      }
      const known = await assembler.listPieces(assembly).catch(() => null);
      expect(known ?? []).toEqual([]);
      for (const number of [1, 2, 3, 4]) await put(slot(number, { exclusive: number !== 1 }));
      await expectAssembled(whole);
    });

    it.each(['early', 'late'])('rejects with the reason of an abort that comes %s', async (when) => {
      const abort = new AbortController();
      const source = new PassThrough();
      const attempt = assembler.putPiece(assembly, slot(1), source, { signal: abort.signal });
      source.write(Buffer.alloc(when === 'early' ? 1 : partBytes));
      setTimeout(() => abort.abort(failure), 100);
      await expect(attempt).rejects.toBe(failure);
      expect(source.destroyed).toBe(true);
    });

    it('frees what was replaced', async () => {
      for (const number of [1, 2, 3, 4]) await put(slot(number));
      const second = await put(slot(1, { exclusive: false }), Buffer.alloc(partBytes));
      const before = await keys();
      await put(slot(1, { exclusive: false }));
      await assembler.dropPiece(assembly, second);
      await assembler.dropPiece(assembly, second);
      expect(await keys()).toHaveLength(before.length);
      await expectAssembled(whole);
    });

    it('says that a piece is missing, and leaves the others', async () => {
      await put(slot(1));
      await put(slot(2, { exclusive: false }));
      const [, piece] = rows.list();
      await assembler.dropPiece(assembly, piece?.receipt ?? '');
      await expect(assembler.assemble(assembly, rows.list())).rejects.toMatchObject({
        code: 'OBJECT_DISCARDED',
      });
      expect(await keys()).not.toContain(key);
    });
  });

  describe('appends', () => {
    it.each([1, 1000, 5 * MEBIBYTE, 5 * MEBIBYTE + 1, 10 * MEBIBYTE, 23 * MEBIBYTE + 77])(
      'stores %d bytes of one request',
      async (size) => {
        const bytes = patternedBytes(size);
        await append(...oddChunks(bytes, randomNumbers(size)));
        expect(rows.offset).toBe(size);
        await expectAssembled(bytes);
      },
    );

    it('stores nothing of an empty request', async () => {
      await append();
      await append(Buffer.alloc(0));
      expect(rows.list()).toEqual([]);
      await append(Buffer.from('a'));
      await append();
      await append(Buffer.from('b'));
      await expectAssembled(Buffer.from('ab'));
    });

    it('continues many requests of a few bytes', async () => {
      const bytes = patternedBytes(100);
      for (let at = 0; at < 100; at += 7) await append(bytes.subarray(at, at + 7));
      expect(rows.list()).toHaveLength(1);
      await expectAssembled(bytes);
    });

    it('keeps what was read before the source failed, and says why it did', async () => {
      const bytes = patternedBytes(7 * MEBIBYTE);
      const failure = new Error('the client went away');
      const { letGo, ...request } = rows.acquire();
      const source = (async function* broken(): AsyncGenerator<Buffer> {
        yield* oddChunks(bytes.subarray(0, 6 * MEBIBYTE), randomNumbers(2));
        throw failure;
      })();
      await expect(assembler.append(assembly, { ...request, source })).rejects.toBe(failure);
      letGo();
      expect(rows.offset).toBe(6 * MEBIBYTE);
      await append(bytes.subarray(6 * MEBIBYTE));
      await expectAssembled(bytes);
    });

    it('keeps what was read before an abort, of a source that waits for ever', async () => {
      const bytes = patternedBytes(2 * MEBIBYTE);
      const failure = new Error('taken over');
      const abort = new AbortController();
      const { letGo, ...request } = rows.acquire();
      const source = (async function* waiting(): AsyncGenerator<Buffer> {
        yield bytes.subarray(0, MEBIBYTE);
        setTimeout(() => abort.abort(failure), 50);
        await new Promise(() => undefined);
      })();
      const appended = assembler.append(assembly, { ...request, source, signal: abort.signal });
      await expect(appended).rejects.toBe(failure);
      letGo();
      expect(rows.offset).toBe(MEBIBYTE);
      await append(bytes.subarray(MEBIBYTE));
      await expectAssembled(bytes);
    });

    it('reads nothing when it was aborted before', async () => {
      const { letGo: _letGo, ...request } = rows.acquire();
      const signal = AbortSignal.abort(new Error('too late'));
      const appended = assembler.append(assembly, { ...request, source: streamOf(Buffer.from('x')), signal });
      await expect(appended).rejects.toThrow('too late');
      expect(rows.list()).toEqual([]);
    });

    it('stops with the reason of a tell that was rejected, although its source waits', async () => {
      const refused = Object.assign(new Error('fenced off'), { code: 'ECONNREFUSED', syscall: 'connect' });
      const source = (async function* waiting(): AsyncGenerator<Buffer> {
        yield patternedBytes(20 * MEBIBYTE);
        await new Promise(() => undefined);
      })();
      const { letGo: _letGo, ...request } = rows.acquire();
      const onDurable = (): Promise<void> => Promise.reject(refused);
      await expect(assembler.append(assembly, { ...request, source, onDurable })).rejects.toBe(refused);
    });

    it('goes on after a tell that was stored although its answer was lost', async () => {
      const bytes = patternedBytes(24 * MEBIBYTE);
      for (let tries = 0; rows.offset < bytes.length && tries < 50; tries += 1) {
        const { letGo, ...request } = rows.acquire();
        let tells = 0;
        const onDurable: typeof request.onDurable = async (pieces) => {
          await request.onDurable(pieces);
          tells += 1;
          if (tells > tries) throw new Error('no answer');
        };
        const source = streamOf(...oddChunks(bytes.subarray(rows.offset), randomNumbers(tries)));
        await assembler.append(assembly, { ...request, source, onDurable }).catch(() => undefined);
        letGo();
      }
      await expectAssembled(bytes);
    });

    it('refuses what can not be in a name', async () => {
      const { letGo: _letGo, ...request } = rows.acquire();
      const bad = { ...request, writer: '../x', source: streamOf() };
      await expect(assembler.append(assembly, bad)).rejects.toMatchObject({ code: 'INVALID_STORAGE_KEY' });
    });

    /** A writer that waits, and goes on with other bytes than those that count, once it is not the newest any more. */
    const writeOn = async (bytes: Buffer, wrong: Buffer): Promise<{ wake: () => Promise<void> }> => {
      const paused = Promise.withResolvers<void>();
      const reached = Promise.withResolvers<void>();
      const { letGo: _letGo, ...request } = rows.acquire();
      const source = (async function* pausing(): AsyncGenerator<Buffer> {
        yield* oddChunks(bytes, randomNumbers(bytes.length));
        reached.resolve();
        await paused.promise;
        yield* oddChunks(wrong, randomNumbers(wrong.length));
      })();
      const ended = assembler.append(assembly, { ...request, source }).then(
        () => 'resolved',
        (error: unknown) => (error instanceof TakenOver ? 'TAKEN_OVER' : (error as DomainError).code),
      );
      await reached.promise;
      return {
        wake: async () => {
          paused.resolve();
          // Its helpers may be gone by then.
          expect(['TAKEN_OVER', 'OBJECT_DISCARDED']).toContain(await ended);
        },
      };
    };
    const wrong = Buffer.alloc(12 * MEBIBYTE, 0xee);

    it.each([
      ['before a part', 100],
      ['after some parts', 33 * MEBIBYTE],
    ])('is not harmed by an older writer that goes on, taken over %s', async (_case, size) => {
      const bytes = patternedBytes(60 * MEBIBYTE);
      const first = await writeOn(bytes.subarray(0, size), wrong);
      const second = await writeOn(bytes.subarray(rows.offset, rows.offset + size), wrong);
      await append(bytes.subarray(rows.offset, rows.offset + 3 * MEBIBYTE));
      const third = await writeOn(bytes.subarray(rows.offset, rows.offset + 100), wrong);
      await first.wake();
      const last = append(...oddChunks(bytes.subarray(rows.offset), randomNumbers(3)));
      await third.wake();
      await last;
      await second.wake();
      expect(rows.offset).toBe(bytes.length);
      await expectAssembled(bytes);
    });

    it('does not let an older writer change the object after it was assembled', async () => {
      const bytes = patternedBytes(40 * MEBIBYTE);
      await append(bytes.subarray(0, 100));
      // With a length that is known only later, a writer can have more to write than there will be.
      const older = await writeOn(bytes.subarray(100), Buffer.alloc(2 * MEBIBYTE, 0xee));
      const { length } = bytes.subarray(0, rows.offset);
      rows.acquire();
      expect(await assembler.assemble(assembly, rows.list())).toEqual({ key, sizeBytes: length });
      await older.wake();
      const stored = await buffer(await driver.store.get(key));
      expect(stored.equals(bytes.subarray(0, length))).toBe(true);
    });

    it.each([1, 2, 3, 4, 5, 6])(
      'ends byte-identical after interruptions of all kinds: seed %d',
      async (seed) => {
        const random = randomNumbers(seed);
        const bytes = patternedBytes(30 * MEBIBYTE + seed, seed);
        const paused: { wake: () => Promise<void> }[] = [];
        while (rows.offset < bytes.length) {
          const offset = rows.offset;
          const next = bytes.subarray(offset, offset + 1 + Math.floor(random() ** 2 * 16 * MEBIBYTE));
          const kind = random();
          if (kind < 0.3) {
            paused.push(await writeOn(next, wrong.subarray(0, Math.floor(random() * wrong.length))));
          } else if (kind < 0.4) {
            rows.acquire();
            await paused.shift()?.wake();
          } else {
            const { letGo, ...request } = rows.acquire();
            const source = (async function* breaking(): AsyncGenerator<Buffer> {
              for (const chunk of oddChunks(next, random)) {
                if (random() < 0.02) throw new Error('cut');
                yield chunk;
              }
            })();
            await assembler.append(assembly, { ...request, source }).catch(() => undefined);
            letGo();
          }
          expect(rows.offset).toBeGreaterThanOrEqual(offset);
        }
        for (const { wake } of paused.splice(0, paused.length / 2)) await wake();
        expect(await assembler.assemble(assembly, rows.list())).toEqual({ key, sizeBytes: bytes.length });
        for (const { wake } of paused) await wake();
        const stored = await buffer(await driver.store.get(key));
        expect(stored.equals(bytes)).toBe(true);
      },
      120_000,
    );
  });

  describe('assembling', () => {
    it('may be done again, and at the same time', async () => {
      const bytes = patternedBytes(12 * MEBIBYTE);
      await append(bytes);
      const same = Array.from({ length: 3 }, () => assembler.assemble(assembly, rows.list()));
      const results = await Promise.allSettled(same);
      expect(results.map(({ status }) => status)).toContain('fulfilled');
      await expectAssembled(bytes);
      await expectAssembled(bytes);
    });

    it('refuses pieces of no bytes', async () => {
      await expect(assembler.assemble(assembly, [])).rejects.toThrow(RangeError);
    });

    it('refuses what another driver stored', async () => {
      const pieces = [{ number: 1, sizeBytes: 1, receipt: 'elsewhere' }];
      await expect(assembler.assemble(assembly, pieces)).rejects.toMatchObject({ code: 'OBJECT_DISCARDED' });
    });

    it('does not take an object of another size for its own', async () => {
      await append(Buffer.from('hello'));
      await driver.store.put(key, Readable.from([Buffer.from('other')]));
      await assembler.abandon(assembly);
      const longer = rows.list().map((piece) => ({ ...piece, sizeBytes: 6 }));
      await expect(assembler.assemble(assembly, longer)).rejects.toMatchObject({ code: 'OBJECT_DISCARDED' });
    });
  });

  describe('giving up', () => {
    it('leaves nothing, may be done again, and ends a writer that is still there', async () => {
      await append(patternedBytes(6 * MEBIBYTE));
      await append(patternedBytes(100));
      const { letGo: _letGo, ...request } = rows.acquire();
      const source = new PassThrough();
      const appended = assembler.append(assembly, { ...request, source });
      source.write(Buffer.alloc(6 * MEBIBYTE));
      await new Promise((resolve) => {
        setTimeout(resolve, 100);
      });
      await assembler.abandon(assembly);
      await assembler.abandon(assembly);
      source.end(Buffer.alloc(6 * MEBIBYTE));
      await expect(appended).rejects.toMatchObject({ code: 'OBJECT_DISCARDED' });
      expect(await keys()).toEqual([]);
    });

    it('leaves an object that was assembled', async () => {
      await append(Buffer.from('hello'));
      await assembler.assemble(assembly, rows.list());
      await assembler.abandon(assembly);
      await expectStored(Buffer.from('hello'));
    });

    it('is also what deleting the prefix does', async () => {
      await append(patternedBytes(100));
      await driver.store.deletePrefix(`${key.slice(0, key.lastIndexOf('/'))}/`);
      await expect(assembler.assemble(assembly, rows.list())).rejects.toMatchObject({
        code: 'OBJECT_DISCARDED',
      });
      await expect(append(patternedBytes(100))).rejects.toMatchObject({ code: 'OBJECT_DISCARDED' });
    });

    it('outlives a sweep of what puts left behind, however long it was idle', async () => {
      const bytes = patternedBytes(6 * MEBIBYTE);
      await append(bytes.subarray(0, 5 * MEBIBYTE));
      await driver.store.sweepUnfinished(-60_000);
      await append(bytes.subarray(5 * MEBIBYTE));
      await expectAssembled(bytes);
    });
  });

  describe('pieces put straight to the store', () => {
    const bytes = patternedBytes(5 * MEBIBYTE + 10);

    it('are refused where the store has no such URLs', async () => {
      expect(assembler.canPresign).toBe(name !== 'local');
      if (assembler.canPresign) return;
      const signed = assembler.presignPiece(assembly, { number: 1, expiresInSeconds: 60 });
      await expect(signed).rejects.toMatchObject({ code: 'PRESIGN_UNAVAILABLE' });
      expect(await assembler.listPieces(assembly)).toBeNull();
    });

    const onlyListable = name === 'local' || name === EMULATED ? it.skip : it;
    onlyListable('are listed, and bound to their size (needs a server that lists parts)', async () => {
      const put = async (number: number, body: Buffer, sizeBytes = body.length): Promise<number> => {
        const url = await assembler.presignPiece(assembly, { number, sizeBytes, expiresInSeconds: 60 });
        return (await fetch(url, { method: 'PUT', body: new Uint8Array(body) })).status;
      };
      expect(await assembler.listPieces(assembly)).toEqual([]);
      expect(await put(1, bytes.subarray(0, 5 * MEBIBYTE))).toBe(200);
      expect(await put(7, bytes.subarray(5 * MEBIBYTE))).toBe(200);
      expect(await put(3, Buffer.alloc(20), 10)).not.toBe(200);
      const listed = (await assembler.listPieces(assembly)) ?? [];
      expect(listed.map(({ number, sizeBytes }) => [number, sizeBytes])).toEqual([
        [1, 5 * MEBIBYTE],
        [7, 10],
      ]);
      for (const piece of listed) rows.pieces.set(piece.number, piece);
      await expectAssembled(bytes);
    });

    onlyListable('fail the assembly when they were replaced since they were listed', async () => {
      const url = await assembler.presignPiece(assembly, { number: 1, expiresInSeconds: 60 });
      await fetch(url, { method: 'PUT', body: 'first' });
      const listed = (await assembler.listPieces(assembly)) ?? [];
      await fetch(url, { method: 'PUT', body: 'other' });
      await expect(assembler.assemble(assembly, listed)).rejects.toMatchObject({ code: 'PIECE_REPLACED' });
    });
  });
});
