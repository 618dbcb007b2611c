import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Assembly } from '../../src/storage/index.js';
import { S3Assembler } from '../../src/storage/s3/s3-assembler.js';
import { AssemblyRows, patternedBytes, randomNumbers } from '../support/assembly-rows.js';
import { faults, FaultyS3 } from '../support/faulty-s3.js';

const KIBIBYTE = 1024;
const SLOT_BYTES = 8 * KIBIBYTE;
const MAX_ATTEMPTS = 40;
const bytes = patternedBytes(21 * KIBIBYTE + 99);
const small = {
  maxAttempts: 1,
  idleTimeoutMs: 100,
  partSizeBytes: 2 * KIBIBYTE,
  minPartBytes: KIBIBYTE,
  partsAtOnce: 3,
};

/** The way of an upload from its beginning to the object; a step that fails is tried again, as clients do. */
class Upload {
  readonly key = `test/${randomUUID()}/original`;

  constructor(
    readonly s3: FaultyS3,
    readonly assembler: S3Assembler,
  ) {}

  async until<T>(step: (attempt: number) => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await step(attempt);
      } catch (error) {
        if (attempt === MAX_ATTEMPTS) throw error;
      }
    }
  }

  async begin(): Promise<Assembly> {
    return { key: this.key, handle: await this.until(() => this.assembler.begin(this.key)) };
  }

  /** What the server does late it does now, or after the object was made. */
  async finish(rows: AssemblyRows): Promise<void> {
    this.s3.release();
    await this.until(() => this.assembler.assemble(rows.assembly, rows.list()));
    this.s3.release();
    const stored = this.s3.objects.get(this.key);
    expect(stored?.length).toBe(bytes.length);
    expect(stored?.equals(bytes)).toBe(true);
  }
}

/** Appends up to some offsets; `letsGo` says whether a writer that failed does so, or is taken over. */
async function appendAll(
  upload: Upload,
  { ends, letsGo }: { ends: number[]; letsGo: boolean },
): Promise<void> {
  const rows = new AssemblyRows(await upload.begin());
  for (const end of ends) {
    await upload.until(async (attempt) => {
      const { letGo, ...request } = rows.acquire();
      const offset = rows.offset;
      // Each attempt cuts its part boundaries elsewhere, so that a late part of another holds other bytes.
      const first = bytes.subarray(offset, Math.min(end, offset + 1 + attempt * 100));
      const source = Readable.from([first, bytes.subarray(offset + first.length, end)]);
      await upload.assembler
        .append(rows.assembly, { ...request, source })
        .finally(letsGo ? letGo : undefined);
    });
    expect(rows.offset).toBe(end);
  }
  await upload.finish(rows);
}

async function putAll(upload: Upload): Promise<void> {
  const rows = new AssemblyRows(await upload.begin());
  for (const number of [2, 3, 1]) {
    const offset = (number - 1) * SLOT_BYTES;
    const sizeBytes = Math.min(SLOT_BYTES, bytes.length - offset);
    await upload.until(async (attempt) => {
      // The third is one that somebody else began before; of the second there was an attempt that was not to be.
      const exclusive = attempt === 0 && number !== 3;
      const unwanted = attempt === 0 && number === 2;
      const body = unwanted ? Buffer.alloc(sizeBytes) : bytes.subarray(offset, offset + sizeBytes);
      const slot = { number, offset, sizeBytes, attempt: randomUUID(), exclusive };
      const receipt = await upload.assembler.putPiece(rows.assembly, slot, Readable.from([body]));
      if (unwanted) throw new Error('killed before the receipt was stored');
      rows.pieces.set(number, { number, sizeBytes, receipt });
    });
  }
  await upload.finish(rows);
}

const scenarios: [string, (upload: Upload) => Promise<void>][] = [
  [
    'appends that are let go of',
    (upload) => appendAll(upload, { ends: [3000, 3500, 12_000, bytes.length], letsGo: true }),
  ],
  [
    'appends that are taken over',
    (upload) => appendAll(upload, { ends: [3000, 3500, 12_000, bytes.length], letsGo: false }),
  ],
  ['slots', putAll],
];

describe('S3Assembler while requests fail', () => {
  let s3: FaultyS3;
  let assembler: S3Assembler;

  beforeAll(async () => {
    s3 = await FaultyS3.start();
    assembler = new S3Assembler(s3.config, small);
  });

  beforeEach(() => s3.reset());

  afterAll(() => s3.stop());

  const expectWholeAfter = async (scenario: (upload: Upload) => Promise<void>): Promise<void> => {
    const upload = new Upload(s3, assembler);
    await scenario(upload);
    // A request that is done late can leave a helper behind, which the ledger of unclaimed bytes takes.
    s3.objects.clear();
  };

  describe.each(scenarios)('%s', (_name, scenario) => {
    it.each(faults)('end byte-identical when any one request is %s', async (fault) => {
      await expectWholeAfter(scenario);
      const count = s3.requests.length;
      expect(count).toBeGreaterThan(8);
      for (let failing = 0; failing < count; failing += 1) {
        s3.reset();
        s3.plan = (index) => (index === failing ? fault : null);
        await expectWholeAfter(scenario);
      }
    });

    it('end byte-identical when many requests fail: 25 seeds', async () => {
      for (let seed = 1; seed <= 25; seed += 1) {
        const random = randomNumbers(seed);
        s3.reset();
        s3.plan = () => (random() < 0.15 ? (faults[Math.floor(random() * faults.length)] ?? null) : null);
        await expectWholeAfter(scenario);
      }
    });
  });
});

describe('S3Assembler', () => {
  let s3: FaultyS3;

  beforeAll(async () => {
    s3 = await FaultyS3.start();
  });

  beforeEach(() => s3.reset());

  afterAll(() => s3.stop());

  const open = async (tuning = {}): Promise<{ upload: Upload; rows: AssemblyRows }> => {
    const upload = new Upload(s3, new S3Assembler(s3.config, { ...small, ...tuning }));
    return { upload, rows: new AssemblyRows(await upload.begin()) };
  };
  const partNumbers = (): number[] =>
    s3.requests.flatMap((request) => {
      const number = /^PUT .*partNumber=(\d+)/.exec(request)?.[1];
      return number === undefined ? [] : [Number(number)];
    });

  it('tries what it has in memory again, and what it streams only once', async () => {
    const { upload, rows } = await open({ maxAttempts: 3 });
    const refuseOnce = (): void => {
      s3.requests.length = 0;
      s3.plan = (index) => (index === 0 ? 'refused' : null);
    };
    refuseOnce();
    const slot = { number: 1, offset: 0, sizeBytes: 100, attempt: 'a', exclusive: true };
    const put = upload.assembler.putPiece(rows.assembly, slot, Readable.from([bytes.subarray(0, 100)]));
    await expect(put).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
      options: { headers: { 'Retry-After': '10' } },
    });
    expect(s3.requests).toHaveLength(1);
    refuseOnce();
    const { letGo: _letGo, ...request } = rows.acquire();
    await upload.assembler.append(rows.assembly, { ...request, source: Readable.from([bytes]) });
    await upload.finish(rows);
  });

  it('never uses a part number of a writer that did not let go', async () => {
    const { upload, rows } = await open();
    for (const taken of [false, false, true, false]) {
      const { letGo, ...request } = rows.acquire();
      // Nothing is told but what marks the numbers.
      let tells = 0;
      const onDurable: typeof request.onDurable = async (pieces) => {
        tells += 1;
        if (tells > 1) throw new Error('killed');
        await request.onDurable(pieces);
      };
      const source = Readable.from([bytes]);
      await upload.assembler.append(rows.assembly, { ...request, source, onDurable }).catch(() => undefined);
      if (taken) letGo();
    }
    const used = partNumbers();
    expect(used.length).toBeGreaterThanOrEqual(4);
    expect(new Set(used).size).toBe(used.length);
    const { letGo: _letGo, ...request } = rows.acquire();
    await upload.assembler.append(rows.assembly, { ...request, source: Readable.from([bytes]) });
    await upload.finish(rows);
  });

  it('uses one number after the other behind writers that let go', async () => {
    const { upload, rows } = await open();
    for (let offset = 0; offset < bytes.length; offset += 3000) {
      const { letGo, ...request } = rows.acquire();
      const source = Readable.from([bytes.subarray(offset, offset + 3000)]);
      await upload.assembler.append(rows.assembly, { ...request, source }).finally(letGo);
    }
    const used = partNumbers();
    expect(used.sort((a, b) => a - b)).toEqual(used.map((_number, index) => small.partsAtOnce + 1 + index));
    await upload.finish(rows);
  });

  it('says when there are no part numbers left', async () => {
    const { upload, rows } = await open();
    const tooMany = { code: 'TOO_MANY_PIECES', status: 413 };
    rows.pieces.set(1, { number: 1, sizeBytes: 2048, receipt: 'part:9999:9999:"x"' });
    const { letGo: _letGo, ...request } = rows.acquire();
    const source = Readable.from([bytes]);
    await expect(upload.assembler.append(rows.assembly, { ...request, source })).rejects.toMatchObject(
      tooMany,
    );
    const slot = { number: 10_001, offset: 0, sizeBytes: 1, attempt: 'a', exclusive: true };
    await expect(upload.assembler.putPiece(rows.assembly, slot, Readable.from(['x']))).rejects.toMatchObject(
      tooMany,
    );
    const signed = upload.assembler.presignPiece(rows.assembly, { number: 10_001, expiresInSeconds: 1 });
    await expect(signed).rejects.toMatchObject(tooMany);
    const pieces = [{ number: 10_001, sizeBytes: 1, receipt: 'copy:10001:10001:x' }];
    await expect(upload.assembler.assemble(rows.assembly, pieces)).rejects.toMatchObject(tooMany);
  });

  it('keeps short parts for the first half of the numbers', async () => {
    for (const [number, kind] of [
      [4000, 'part'],
      [6000, 'tail'],
    ] as const) {
      const { upload, rows } = await open();
      rows.pieces.set(1, { number: 1, sizeBytes: 2048, receipt: `part:${number}:${number}:"x"` });
      const { letGo: _letGo, ...request } = rows.acquire();
      const source = Readable.from([bytes.subarray(0, 1500)]);
      await upload.assembler.append(rows.assembly, { ...request, source });
      expect(rows.list().at(-1)?.receipt).toMatch(kind);
    }
  });

  it('relays a part that is too large to be copied at once', async () => {
    const { upload, rows } = await open({ singleCopyLimitBytes: 1000 });
    for (const [number, sizeBytes] of [
      [1, 1000],
      [2, bytes.length - 1000],
    ] as const) {
      const offset = (number - 1) * 1000;
      const slot = { number, offset, sizeBytes, attempt: 'a', exclusive: false };
      const source = Readable.from([bytes.subarray(offset, offset + sizeBytes)]);
      rows.pieces.set(number, {
        number,
        sizeBytes,
        receipt: await upload.assembler.putPiece(rows.assembly, slot, source),
      });
    }
    await upload.finish(rows);
    expect(
      s3.requests.filter((request) => request.startsWith('GET') && request.includes('pieces/p')),
    ).toHaveLength(1);
  });

  it('keeps no more parts in memory than may be on their way', async () => {
    const { upload, rows } = await open({ idleTimeoutMs: 1000 });
    s3.plan = (_index, request) => (request.includes('partNumber') ? 'silent' : null);
    let taken = 0;
    const source = (async function* endless(): AsyncGenerator<Buffer> {
      for (;;) yield bytes.subarray(0, (taken += 1) && 512);
    })();
    const { letGo: _letGo, ...request } = rows.acquire();
    await expect(upload.assembler.append(rows.assembly, { ...request, source })).rejects.toThrow();
    // Three parts of four chunks on their way, and one that is full.
    expect(taken).toBe(16);
  });
});
