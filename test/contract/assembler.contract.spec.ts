import { randomUUID } from 'node:crypto';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DomainError } from '../../src/common/index.js';
import type { Assembler, Assembly, PieceSlot } from '../../src/storage/index.js';
import { AssemblerBench, assemblerDrivers, EMULATED } from '../support/assembler-bench.js';
import { type AssemblyRows, oddChunks, patternedBytes, randomNumbers } from '../support/assembly-rows.js';

const MEBIBYTE = 1024 ** 2;

describe.each(Object.entries(assemblerDrivers))('assembler contract: %s', (name, start) => {
  let bench: AssemblerBench;
  let assembler: Assembler;
  let assembly: Assembly;
  let rows: AssemblyRows;

  beforeAll(async () => {
    bench = await AssemblerBench.start(start);
    assembler = bench.assembler;
  });

  beforeEach(async () => {
    rows = await bench.begin();
    assembly = rows.assembly;
  });

  afterEach(() => bench.clear());

  afterAll(() => bench.stop());

  const expectAssembled = (expected: Buffer): Promise<void> => bench.expectAssembled(expected);
  const expectStored = (expected: Buffer): Promise<void> => bench.expectStored(expected);

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
      expect(await bench.keys()).not.toContain(assembly.key);
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
      const before = await bench.keys();
      await put(slot(1, { exclusive: false }));
      await assembler.dropPiece(assembly, second);
      await assembler.dropPiece(assembly, second);
      expect(await bench.keys()).toHaveLength(before.length);
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
      expect(await bench.keys()).not.toContain(assembly.key);
    });
  });

  describe('assembling', () => {
    it('may be done again, and at the same time', async () => {
      const bytes = patternedBytes(12 * MEBIBYTE);
      await bench.append(bytes);
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
      await bench.append(Buffer.from('hello'));
      await bench.store.put(assembly.key, Readable.from([Buffer.from('other')]));
      await assembler.abandon(assembly);
      const longer = [{ number: 1, receipt: 'elsewhere', ...rows.list()[0], sizeBytes: 6 }];
      await expect(assembler.assemble(assembly, longer)).rejects.toMatchObject({ code: 'OBJECT_DISCARDED' });
    });
  });

  describe('giving up', () => {
    it('leaves nothing, may be done again, and ends a writer that is still there', async () => {
      await bench.append(patternedBytes(6 * MEBIBYTE));
      await bench.append(patternedBytes(100));
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
      const ended: unknown = await appended.catch((error: unknown) => error);
      // Servers fail in ways of their own when the upload goes away under a part that is on its way.
      expect(['OBJECT_DISCARDED', 'STORAGE_UNAVAILABLE']).toContain((ended as DomainError).code);
      expect(await bench.keys()).toEqual([]);
    });

    it('leaves an object that was assembled', async () => {
      await bench.append(Buffer.from('hello'));
      await assembler.assemble(assembly, rows.list());
      await assembler.abandon(assembly);
      await expectStored(Buffer.from('hello'));
    });

    it('is also what deleting the prefix does', async () => {
      await bench.append(patternedBytes(100));
      await bench.store.deletePrefix(bench.prefix);
      await expect(assembler.assemble(assembly, rows.list())).rejects.toMatchObject({
        code: 'OBJECT_DISCARDED',
      });
      await expect(bench.append(patternedBytes(100))).rejects.toMatchObject({ code: 'OBJECT_DISCARDED' });
    });

    it('outlives a sweep of what puts left behind, however long it was idle', async () => {
      const bytes = patternedBytes(6 * MEBIBYTE);
      await bench.append(bytes.subarray(0, 5 * MEBIBYTE));
      await bench.store.sweepUnfinished(-60_000);
      await bench.append(bytes.subarray(5 * MEBIBYTE));
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

    onlyListable(
      'fail the assembly when they were replaced since they were listed (needs a server that lists parts)',
      async () => {
        const url = await assembler.presignPiece(assembly, { number: 1, expiresInSeconds: 60 });
        await fetch(url, { method: 'PUT', body: 'first' });
        const listed = (await assembler.listPieces(assembly)) ?? [];
        await fetch(url, { method: 'PUT', body: 'other' });
        await expect(assembler.assemble(assembly, listed)).rejects.toMatchObject({ code: 'PIECE_REPLACED' });
      },
    );
  });
});
