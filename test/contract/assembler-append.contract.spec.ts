import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DomainError } from '../../src/common/index.js';
import type { Assembler, Assembly } from '../../src/storage/index.js';
import { AssemblerBench, assemblerDrivers, streamOf } from '../support/assembler-bench.js';
import {
  type AssemblyRows,
  oddChunks,
  patternedBytes,
  randomNumbers,
  TakenOver,
} from '../support/assembly-rows.js';

const MEBIBYTE = 1024 ** 2;

describe.each(Object.entries(assemblerDrivers))('assembler contract, appends: %s', (_name, start) => {
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

  it.each([1, 1000, 5 * MEBIBYTE, 5 * MEBIBYTE + 1, 10 * MEBIBYTE, 23 * MEBIBYTE + 77])(
    'stores %d bytes of one request',
    async (size) => {
      const bytes = patternedBytes(size);
      await bench.append(...oddChunks(bytes, randomNumbers(size)));
      expect(rows.offset).toBe(size);
      await expectAssembled(bytes);
    },
  );

  it('stores nothing of an empty request', async () => {
    await bench.append();
    await bench.append(Buffer.alloc(0));
    expect(rows.list()).toEqual([]);
    await bench.append(Buffer.from('a'));
    await bench.append();
    await bench.append(Buffer.from('b'));
    await expectAssembled(Buffer.from('ab'));
  });

  it('continues many requests of a few bytes', async () => {
    const bytes = patternedBytes(100);
    for (let at = 0; at < 100; at += 7) await bench.append(bytes.subarray(at, at + 7));
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
    await bench.append(bytes.subarray(6 * MEBIBYTE));
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
    await bench.append(bytes.subarray(MEBIBYTE));
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
      (error: unknown) =>
        error instanceof TakenOver ? 'TAKEN_OVER' : ((error as DomainError).code ?? String(error)),
    );
    const early = await Promise.race([reached.promise, ended]);
    if (early) throw new Error(`the writer ended before it had read all: ${early}`);
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
    await bench.append(bytes.subarray(rows.offset, rows.offset + 3 * MEBIBYTE));
    const third = await writeOn(bytes.subarray(rows.offset, rows.offset + 100), wrong);
    await first.wake();
    const last = bench.append(...oddChunks(bytes.subarray(rows.offset), randomNumbers(3)));
    await third.wake();
    await last;
    await second.wake();
    expect(rows.offset).toBe(bytes.length);
    await expectAssembled(bytes);
  });

  it.each([
    ['has told nothing yet', 200],
    ['has told something', 40 * MEBIBYTE],
  ])(
    'does not let an older writer change the object after it was assembled, which %s',
    async (_case, size) => {
      const bytes = patternedBytes(size);
      await bench.append(bytes.subarray(0, 100));
      // With a length that is known only later, a writer can have more to write than there will be.
      const older = await writeOn(bytes.subarray(100), Buffer.alloc(2 * MEBIBYTE, 0xee));
      rows.acquire();
      const sizeBytes = rows.offset;
      expect(await assembler.assemble(assembly, rows.list())).toEqual({ key: assembly.key, sizeBytes });
      await older.wake();
      const stored = await buffer(await bench.store.get(assembly.key));
      expect(stored.equals(bytes.subarray(0, sizeBytes))).toBe(true);
    },
  );

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
      expect(await assembler.assemble(assembly, rows.list())).toEqual({
        key: assembly.key,
        sizeBytes: bytes.length,
      });
      for (const { wake } of paused) await wake();
      const stored = await buffer(await bench.store.get(assembly.key));
      expect(stored.equals(bytes)).toBe(true);
    },
    120_000,
  );
});
