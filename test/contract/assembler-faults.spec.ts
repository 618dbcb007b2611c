import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Assembly } from '../../src/storage/index.js';
import { S3Assembler } from '../../src/storage/s3/s3-assembler.js';
import { S3ObjectStore } from '../../src/storage/s3/s3-object-store.js';
import { AssemblyRows, patternedBytes } from '../support/assembly-rows.js';
import { type Fault, type FaultyProxy, faults, startFaultyProxy } from '../support/faulty-proxy.js';
import { type S3Server, startS3Server } from '../support/s3-server.js';

const MEBIBYTE = 1024 ** 2;
const SLOT_BYTES = 5 * MEBIBYTE;
const bytes = patternedBytes(13 * MEBIBYTE + 99);

/** The way of an upload from its beginning to the object; every step is tried until it succeeds. */
type Scenario = (upload: Upload) => Promise<void>;

class Upload {
  readonly key = `test/${randomUUID()}/original`;

  constructor(
    readonly assembler: S3Assembler,
    private readonly release: () => Promise<void>,
  ) {}

  /** Repeats what fails, as a client does; what the server does late it has done before the next step. */
  async until<T>(step: (attempt: number) => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await step(attempt);
      } catch (error) {
        if (attempt === 5) throw error;
      }
    }
  }

  async begin(): Promise<Assembly> {
    return { key: this.key, handle: await this.until(() => this.assembler.begin(this.key)) };
  }

  async finish(rows: AssemblyRows): Promise<void> {
    await this.release();
    await this.until(() => this.assembler.assemble(rows.assembly, rows.list()));
    await this.release();
  }
}

const appended =
  (letsGo: boolean): Scenario =>
  async (upload) => {
    const rows = new AssemblyRows(await upload.begin());
    // One that is a part and a tail, one that is a tail only, and the rest.
    for (const end of [6 * MEBIBYTE, 6 * MEBIBYTE + 500, bytes.length]) {
      await upload.until(async () => {
        const { letGo, ...request } = rows.acquire();
        const source = Readable.from([bytes.subarray(rows.offset, end)]);
        await upload.assembler
          .append(rows.assembly, { ...request, source })
          .finally(letsGo ? letGo : undefined);
      });
      expect(rows.offset).toBe(end);
    }
    await upload.finish(rows);
  };

const slotted: Scenario = async (upload) => {
  const rows = new AssemblyRows(await upload.begin());
  for (const number of [2, 3, 1]) {
    await upload.until(async (attempt) => {
      const offset = (number - 1) * SLOT_BYTES;
      const sizeBytes = Math.min(SLOT_BYTES, bytes.length - offset);
      // The third is one that somebody else began before.
      const exclusive = attempt === 0 && number !== 3;
      const receipt = await upload.assembler.putPiece(
        rows.assembly,
        { number, offset, sizeBytes, attempt: randomUUID(), exclusive },
        // Another attempt cuts its body in other chunks, but its bytes are the same.
        Readable.from([
          bytes.subarray(offset, offset + attempt + 1),
          bytes.subarray(offset + attempt + 1, offset + sizeBytes),
        ]),
      );
      rows.pieces.set(number, { number, sizeBytes, receipt });
    });
  }
  await upload.finish(rows);
};

describe('S3Assembler while requests fail', () => {
  let server: S3Server;
  let proxy: FaultyProxy;
  let store: S3ObjectStore;
  let assembler: S3Assembler;

  beforeAll(async () => {
    server = await startS3Server();
    proxy = await startFaultyProxy(server.config.endpoint ?? '');
    store = new S3ObjectStore(server.config);
    const config = { ...server.config, endpoint: proxy.endpoint };
    assembler = new S3Assembler(config, { maxAttempts: 1, idleTimeoutMs: 300, responseTimeoutMs: 5_000 });
  });

  beforeEach(() => {
    proxy.plan = () => null;
    proxy.requests.length = 0;
  });

  afterAll(async () => {
    await proxy.stop();
    await store.deletePrefix('test/');
    await server.stop();
  });

  const run = async (scenario: Scenario): Promise<void> => {
    const upload = new Upload(assembler, () => proxy.release());
    await scenario(upload);
    const stored = await buffer(await store.get(upload.key));
    expect(stored.equals(bytes)).toBe(true);
  };

  describe.each([
    ['appends that are let go of', appended(true)],
    ['appends that are taken over', appended(false)],
    ['slots', slotted],
  ])('%s', (_name, scenario) => {
    it.each(faults)(
      'end byte-identical when any one request is %s',
      async (fault: Fault) => {
        await run(scenario);
        const count = proxy.requests.length;
        expect(count).toBeGreaterThan(8);
        for (let failing = 0; failing < count; failing += 1) {
          proxy.requests.length = 0;
          proxy.plan = (index) => (index === failing ? fault : null);
          await run(scenario);
        }
      },
      180_000,
    );

    it.each(['refused', 'cut', 'late'] as const)(
      'end byte-identical when any two requests in a row are %s',
      async (fault) => {
        await run(scenario);
        const count = proxy.requests.length;
        for (let failing = 0; failing < count; failing += 2) {
          proxy.requests.length = 0;
          proxy.plan = (index) => (index === failing || index === failing + 1 ? fault : null);
          await run(scenario);
        }
      },
      180_000,
    );
  });

  it('tries parts in memory again, but streams only once', async () => {
    const patient = new S3Assembler({ ...server.config, endpoint: proxy.endpoint }, { maxAttempts: 3 });
    const upload = new Upload(patient, () => proxy.release());
    const rows = new AssemblyRows(await upload.begin());
    const refuseOnce = (): void => {
      let refused = false;
      proxy.plan = (_index, request) => {
        if (refused || !request.startsWith('PUT')) return null;
        refused = true;
        return 'refused';
      };
    };
    refuseOnce();
    const slot = { number: 1, offset: 0, sizeBytes: 100, attempt: 'a', exclusive: true };
    const put = patient.putPiece(rows.assembly, slot, Readable.from([bytes.subarray(0, 100)]));
    await expect(put).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
      options: { headers: { 'Retry-After': '10' } },
    });
    refuseOnce();
    const { letGo: _letGo, ...request } = rows.acquire();
    await patient.append(rows.assembly, { ...request, source: Readable.from([bytes]) });
    await upload.finish(rows);
    expect((await buffer(await store.get(upload.key))).equals(bytes)).toBe(true);
  });
});
