import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it, jest } from '@jest/globals';
import { type AppendRequest, Assembler, type PieceSlot } from './assembler.js';
import { MeteredAssembler } from './metered-assembler.js';
import { type StorageObservation, StorageObserver } from './storage-observer.js';
import { storageErrors } from './storage.errors.js';

class RecordingObserver extends StorageObserver {
  readonly seen: StorageObservation[] = [];

  override observe(observation: StorageObservation): void {
    this.seen.push(observation);
  }
}

function metered(inner: Partial<Assembler>): { assembler: Assembler; outcomes: () => string[] } {
  const observer = new RecordingObserver();
  return {
    assembler: new MeteredAssembler(inner as Assembler, observer),
    outcomes: () => observer.seen.map(({ operation, outcome }) => `${operation} ${outcome}`),
  };
}

const assembly = { key: 'a/b', handle: 'c' };
const slot: PieceSlot = { number: 1, offset: 0, sizeBytes: 1, attempt: 'a', exclusive: true };
const failure = new Error('the client went away');

const request = (change: Partial<AppendRequest> = {}): AppendRequest => ({
  pieces: [],
  writer: '1',
  continuable: true,
  source: (async function* source() {
    yield Buffer.from('x');
  })(),
  onDurable: async () => undefined,
  ...change,
});

/** Reads its source and tells once, as drivers do. */
const reading = async (_assembly: unknown, { source, onDurable }: AppendRequest): Promise<void> => {
  for await (const chunk of source) expect(chunk.toString()).toBe('x');
  await onDurable([]);
};

describe('MeteredAssembler', () => {
  it('passes every operation on and tells its name', async () => {
    const inner = {
      canPresign: true,
      failsForGood: true,
      begin: jest.fn(async () => 'handle'),
      putPiece: jest.fn(async () => 'receipt'),
      dropPiece: jest.fn(async () => undefined),
      append: jest.fn(reading),
      assemble: jest.fn(async () => ({ key: 'a/b', sizeBytes: 1 })),
      abandon: jest.fn(async () => undefined),
      presignPiece: jest.fn(async () => 'url'),
      listPieces: jest.fn(async () => null),
      directPiece: jest.fn((put: { number: number; sizeBytes: number; etag: string }) => ({
        ...put,
        receipt: 'r',
      })),
    };
    const { assembler, outcomes } = metered(inner);
    const source = Readable.from([]);
    const signal = new AbortController().signal;
    expect([assembler.canPresign, assembler.failsForGood]).toEqual([true, true]);
    expect(await assembler.begin('a/b', { contentType: 'x/y' })).toBe('handle');
    expect(await assembler.putPiece(assembly, slot, source, { signal })).toBe('receipt');
    await assembler.dropPiece(assembly, 'receipt');
    await assembler.append(assembly, request({ signal }));
    expect(await assembler.assemble(assembly, [])).toEqual({ key: 'a/b', sizeBytes: 1 });
    await assembler.abandon(assembly);
    expect(await assembler.presignPiece(assembly, { number: 1, expiresInSeconds: 1 })).toBe('url');
    expect(await assembler.listPieces(assembly)).toBeNull();
    expect(inner.begin.mock.calls).toEqual([['a/b', { contentType: 'x/y' }]]);
    expect(inner.putPiece.mock.calls).toEqual([[assembly, slot, source, { signal }]]);
    expect(inner.append.mock.calls[0]?.[1]).toMatchObject({ writer: '1', continuable: true, signal });
    expect(outcomes()).toEqual([
      'begin ok',
      'put_piece ok',
      'drop_piece ok',
      'append ok',
      'assemble ok',
      'abandon ok',
      'presign ok',
      'list_pieces ok',
    ]);
  });

  it.each<[string, Partial<AppendRequest>]>([
    ['its source fails', { source: new PassThrough().on('error', () => undefined).destroy(failure) }],
    ['a tell is rejected', { onDurable: () => Promise.reject(failure) }],
  ])('does not count an append as a failure of the store when %s', async (_case, change) => {
    const { assembler, outcomes } = metered({ append: reading });
    await expect(assembler.append(assembly, request(change))).rejects.toBe(failure);
    expect(outcomes()).toEqual(['append ok']);
  });

  it('does not count what the caller broke off', async () => {
    const fail = (): Promise<never> => Promise.reject(failure);
    const { assembler, outcomes } = metered({ append: fail, putPiece: fail });
    const signal = AbortSignal.abort(failure);
    const broken = new PassThrough().on('error', () => undefined).destroy(failure);
    await expect(assembler.append(assembly, request({ signal }))).rejects.toBe(failure);
    await expect(assembler.putPiece(assembly, slot, new PassThrough(), { signal })).rejects.toBe(failure);
    await expect(assembler.putPiece(assembly, slot, broken)).rejects.toBe(failure);
    expect(outcomes()).toEqual(['append ok', 'put_piece ok', 'put_piece ok']);
    await expect(assembler.putPiece(assembly, slot, new PassThrough())).rejects.toBe(failure);
    await expect(assembler.append(assembly, request())).rejects.toBe(failure);
    expect(outcomes().slice(3)).toEqual(['put_piece error', 'append error']);
  });

  it('does not count what was not verified', async () => {
    const { assembler, outcomes } = metered({
      putPiece: async (_assembly, _slot, _source, options) => {
        options?.verify?.();
        return 'receipt';
      },
    });
    const verify = (): never => {
      throw failure;
    };
    await expect(assembler.putPiece(assembly, slot, new PassThrough(), { verify })).rejects.toBe(failure);
    expect(outcomes()).toEqual(['put_piece ok']);
  });

  it.each([
    ['error', storageErrors.STORAGE_UNAVAILABLE()],
    ['ok', storageErrors.OBJECT_DISCARDED()],
  ])('counts as %s: %s', async (outcome, error) => {
    const { assembler, outcomes } = metered({ assemble: () => Promise.reject(error) });
    await expect(assembler.assemble(assembly, [])).rejects.toBe(error);
    expect(outcomes()).toEqual([`assemble ${outcome}`]);
  });
});
