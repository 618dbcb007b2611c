import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ClamdScanner } from '../../src/security/scanner/clamd-scanner.js';
import { eicar, findClamd, type RunningClamd, startClamd } from '../support/clamd.js';

const MiB = 1024 ** 2;
const clamd = findClamd();
const withClamd = clamd === null ? describe.skip : describe;
const signal = AbortSignal.timeout(120_000);

/** An endless variety of bytes in pieces that fit no chunk size. */
function* pieces(total: number): Generator<Buffer> {
  const piece = Buffer.from(Array.from({ length: 100_003 }, (_, index) => (index * 31) % 251));
  for (let left = total; left > 0; left -= piece.length)
    yield piece.subarray(0, Math.min(left, piece.length));
}

withClamd('ClamdScanner on a real clamd (needs clamd to be installed)', () => {
  let server: RunningClamd;
  const scanner = (maxBytes: number) => new ClamdScanner({ ...server, timeoutMs: 20_000, maxBytes });

  beforeAll(async () => {
    server = await startClamd(clamd ?? '', { StreamMaxLength: '8M', MaxFileSize: '4M' });
  });
  afterAll(() => server.stop());

  it('finds a plain test virus', async () => {
    expect(await scanner(MiB).scan(Readable.from([eicar]), signal)).toEqual({
      infected: true,
      signature: expect.stringContaining('Eicar-Local'),
    });
  });

  it('finds it behind a picture', async () => {
    const picture = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(300_000, 0x55)]);
    const verdict = await scanner(MiB).scan(
      Readable.from([picture, Buffer.from([0xff, 0xd9]), eicar]),
      signal,
    );
    expect(verdict.infected).toBe(true);
  });

  it('finds it in pieces of one byte', async () => {
    const bytes = [...eicar].map((byte) => Buffer.from([byte]));
    expect((await scanner(MiB).scan(Readable.from(bytes), signal)).infected).toBe(true);
  });

  it.each([0, 1, 65_536, 65_537, 3 * MiB])('passes %d clean bytes', async (size) => {
    expect(await scanner(8 * MiB).scan(Readable.from(pieces(size)), signal)).toEqual({ infected: false });
  });

  it('does not call clean what clamd skips for its own limit on files', async () => {
    await expect(scanner(8 * MiB).scan(Readable.from(pieces(5 * MiB)), signal)).rejects.toMatchObject({
      code: 'SCAN_TOO_LARGE',
    });
  });

  it('learns from clamd that a stream is over its limit, in the middle of it', async () => {
    for (let run = 0; run < 10; run += 1) {
      const source = Readable.from(pieces(64 * MiB));
      await expect(scanner(1024 * MiB).scan(source, signal)).rejects.toMatchObject({
        code: 'SCAN_TOO_LARGE',
      });
      expect(source.destroyed).toBe(true);
    }
  });

  it('scans many streams at once', async () => {
    const verdicts = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        scanner(8 * MiB).scan(Readable.from([...pieces(MiB), ...(index % 2 ? [eicar] : [])]), signal),
      ),
    );
    expect(verdicts.map(({ infected }) => infected)).toEqual([
      false,
      true,
      false,
      true,
      false,
      true,
      false,
      true,
    ]);
  });

  it('answers a check and tells its version', async () => {
    await expect(scanner(MiB).check(signal)).resolves.toBeUndefined();
    expect(await scanner(MiB).version(signal)).toMatch(/^ClamAV \d/);
  });
});
