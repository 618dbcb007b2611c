import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, jest } from '@jest/globals';
import { defineErrors } from '../common/index.js';
import { type MeterLimits, UploadMeter } from './upload-meter.js';

const MIB = 1024 * 1024;
const refusals = defineErrors({ TEST_QUOTA_EXCEEDED: { status: 413, title: 'Full' } });

/** An account with room for so many bytes, and what was claimed of it. */
function account(room: number): { claims: number[]; claim: MeterLimits['claim'] } {
  const claims: number[] = [];
  return {
    claims,
    claim: async (bytes) => {
      if (claims.reduce((sum, claimed) => sum + claimed, 0) + bytes > room)
        throw refusals.TEST_QUOTA_EXCEEDED();
      claims.push(bytes);
    },
  };
}

function meterOf(limits: Partial<MeterLimits>): UploadMeter {
  return new UploadMeter({
    maxBytes: 100 * MIB,
    idleTimeoutMs: 5000,
    minBytesPerSecond: 0,
    reservedBytes: 0,
    claimAhead: true,
    claim: account(Number.MAX_SAFE_INTEGER).claim,
    ...limits,
  });
}

const chunks = (count: number, bytes: number): Readable =>
  Readable.from(
    Array.from({ length: count }, (_, index) => Buffer.alloc(bytes, index)),
    { objectMode: false },
  );

async function drain(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const kept: Buffer[] = [];
  for await (const chunk of source) kept.push(chunk);
  return Buffer.concat(kept);
}

describe('UploadMeter', () => {
  it('passes the bytes on, counted and hashed', async () => {
    const meter = meterOf({});
    const bytes = await drain(meter.meter(chunks(3, 1000)));
    expect(bytes).toEqual(
      Buffer.concat([Buffer.alloc(1000, 0), Buffer.alloc(1000, 1), Buffer.alloc(1000, 2)]),
    );
    expect(meter.sizeBytes).toBe(3000);
    expect(meter.digest()).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  it.each([
    [2999, 'UPLOAD_TOO_LARGE'],
    [3000, null],
  ])('with a limit of %i bytes answers 3000 bytes with %s', async (maxBytes, code) => {
    const outcome = drain(meterOf({ maxBytes }).meter(chunks(3, 1000)));
    if (code === null) expect(await outcome).toHaveLength(3000);
    else await expect(outcome).rejects.toMatchObject({ code });
  });

  it('stops at the limit without reading further', async () => {
    let asked = 0;
    const source = new Readable({
      read() {
        asked += 1;
        this.push(Buffer.alloc(MIB));
      },
    });
    await expect(drain(meterOf({ maxBytes: 3 * MIB }).meter(source))).rejects.toMatchObject({
      code: 'UPLOAD_TOO_LARGE',
    });
    expect(asked).toBeLessThan(6);
    expect(source.destroyed).toBe(false);
  });

  describe('quota', () => {
    it('is not claimed again for what is reserved', async () => {
      const { claims, claim } = account(Number.MAX_SAFE_INTEGER);
      await drain(meterOf({ reservedBytes: 3000, claim }).meter(chunks(3, 1000)));
      expect(claims).toEqual([]);
    });

    it('is claimed to the byte where the length is known', async () => {
      const { claims, claim } = account(Number.MAX_SAFE_INTEGER);
      await drain(meterOf({ reservedBytes: 2500, claimAhead: false, claim }).meter(chunks(4, 1000)));
      expect(claims).toEqual([500, 1000]);
    });

    it('is claimed ahead in growing steps of at most 8 MiB where it is not', async () => {
      const { claims, claim } = account(Number.MAX_SAFE_INTEGER);
      await drain(meterOf({ claim }).meter(chunks(64, MIB)));
      const claimed = claims.reduce((sum, bytes) => sum + bytes, 0);
      expect(claimed).toBeGreaterThanOrEqual(64 * MIB);
      expect(claimed).toBeLessThanOrEqual(72 * MIB);
      expect(Math.max(...claims)).toBe(8 * MIB);
      expect(claims.length).toBeLessThan(20);
    });

    it('costs a client that sends single bytes few claims', async () => {
      const { claims, claim } = account(Number.MAX_SAFE_INTEGER);
      await drain(meterOf({ claim }).meter(chunks(2000, 1)));
      expect(claims.length).toBeLessThan(40);
    });

    it('is never claimed beyond the size limit', async () => {
      const { claims, claim } = account(Number.MAX_SAFE_INTEGER);
      await drain(meterOf({ maxBytes: 10 * MIB, claim }).meter(chunks(10, MIB)));
      expect(claims.reduce((sum, bytes) => sum + bytes, 0)).toBe(10 * MIB);
    });

    it('lets a file in that fills it to the last byte', async () => {
      const { claims, claim } = account(10 * MIB);
      await drain(meterOf({ claim }).meter(chunks(10, MIB)));
      expect(claims.reduce((sum, bytes) => sum + bytes, 0)).toBe(10 * MIB);
    });

    it('refuses the first byte that does not fit', async () => {
      const { claim } = account(10 * MIB - 1);
      await expect(drain(meterOf({ claim }).meter(chunks(10, MIB)))).rejects.toMatchObject({
        code: 'TEST_QUOTA_EXCEEDED',
      });
    });
  });

  describe('a client that falls silent', () => {
    it('is given up', async () => {
      const source = new PassThrough();
      source.write('a few bytes');
      await expect(drain(meterOf({ idleTimeoutMs: 50 }).meter(source))).rejects.toMatchObject({
        code: 'UPLOAD_IDLE',
        status: 408,
      });
    });

    it('is not one that sends slowly', async () => {
      const source = new PassThrough();
      const outcome = drain(meterOf({ idleTimeoutMs: 300 }).meter(source));
      for (let sent = 0; sent < 5; sent += 1) {
        source.write('x');
        await sleep(100);
      }
      source.end();
      expect(await outcome).toHaveLength(5);
    });

    it('is not blamed for a store that is slow', async () => {
      const source = new PassThrough();
      source.end('some bytes');
      for await (const chunk of meterOf({ idleTimeoutMs: 50 }).meter(source)) {
        await sleep(200);
        expect(chunk.toString()).toBe('some bytes');
      }
      expect(source.errored).toBeNull();
    });

    it('is not waited for by a meter that was returned', async () => {
      const source = new PassThrough();
      source.write('head');
      const metered = meterOf({ idleTimeoutMs: 50 }).meter(source);
      await metered.next();
      await metered.return(undefined);
      await sleep(150);
      expect(source.destroyed).toBe(false);
      source.end('rest');
      source.resume();
      await once(source, 'end');
    });
  });

  it('says that the upload was interrupted when its source fails', async () => {
    const source = new PassThrough();
    source.write('half');
    setTimeout(() => source.destroy(new Error('socket hang up')), 20);
    await expect(drain(meterOf({}).meter(source))).rejects.toMatchObject({ code: 'UPLOAD_INTERRUPTED' });
  });

  it('ends a client that is slower than the least rate for half a minute of waiting for it', async () => {
    const clock = jest.spyOn(performance, 'now');
    let now = 0;
    clock.mockImplementation(() => now);
    try {
      // Each chunk takes ten seconds to come: 100 bytes a second.
      const slow = async function* ticks() {
        for (let count = 0; count < 5; count += 1) {
          now += 10_000;
          yield Buffer.alloc(1000);
        }
      };
      const source = (): Readable => Readable.from(slow(), { objectMode: false, highWaterMark: 1 });
      await expect(drain(meterOf({ minBytesPerSecond: 200 }).meter(source()))).rejects.toMatchObject({
        code: 'UPLOAD_TOO_SLOW',
      });
      await expect(drain(meterOf({ minBytesPerSecond: 50 }).meter(source()))).resolves.toHaveLength(5000);
    } finally {
      clock.mockRestore();
    }
  });

  it('goes on counting from what came before', async () => {
    const meter = meterOf({ startBytes: 5000, maxBytes: 6000, reservedBytes: 6000 });
    await drain(meter.meter(chunks(1, 1000)));
    expect(meter.sizeBytes).toBe(6000);
    await expect(drain(meter.meter(chunks(1, 1)))).rejects.toMatchObject({ code: 'UPLOAD_TOO_LARGE' });
  });
});
