import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ClamdScanner } from './clamd-scanner.js';
import { NoScanner } from './no-scanner.js';

const idle = new AbortController().signal;
let server: Server | undefined;
let sockets: Socket[] = [];

/** A clamd that does as told; resolves to a scanner that talks to it. */
async function clamdThat(
  behave: (socket: Socket) => void,
  timeoutMs = 5000,
  maxBytes = 1_000_000,
): Promise<ClamdScanner> {
  const listening = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    behave(socket);
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const { port } = listening.address() as AddressInfo;
  return new ClamdScanner({ host: '127.0.0.1', port, timeoutMs, maxBytes });
}

/** Collects what comes and answers when the stream has ended as the protocol says. */
function answering(...reply: string[]) {
  return (socket: Socket) => {
    let received = Buffer.alloc(0);
    socket.on('data', (data) => {
      received = Buffer.concat([received, data]);
      if (!readInstream(received)?.ended) return;
      for (const [index, part] of reply.entries()) setTimeout(() => socket.write(part), 20 * index);
    });
  };
}

function readInstream(received: Buffer): { chunks: Buffer[]; ended: boolean } | null {
  const command = Buffer.from('zINSTREAM\0');
  if (!received.subarray(0, command.length).equals(command)) return null;
  const chunks: Buffer[] = [];
  let at = command.length;
  while (at + 4 <= received.length) {
    const size = received.readUInt32BE(at);
    if (size === 0) return { chunks, ended: true };
    chunks.push(received.subarray(at + 4, at + 4 + size));
    at += 4 + size;
  }
  return { chunks, ended: false };
}

/** A source that never ends by itself. */
function endless(chunk = Buffer.alloc(10_000)): Readable {
  return new Readable({
    read() {
      setTimeout(() => this.push(chunk), 1);
    },
  });
}

const unavailable = { code: 'SCANNER_UNAVAILABLE', status: 503 };
const tooLarge = { code: 'SCAN_TOO_LARGE', status: 422 };

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
});

describe('ClamdScanner.scan', () => {
  it('sends all bytes in chunks of at most 64 KiB with their length in front', async () => {
    let received = Buffer.alloc(0);
    const scanner = await clamdThat((socket) => {
      socket.on('data', (data) => (received = Buffer.concat([received, data])));
      answering('stream: OK\0')(socket);
    });
    const parts = [Buffer.alloc(150_000, 1), Buffer.alloc(0), Buffer.from('x'), Buffer.alloc(65_536, 2)];
    expect(await scanner.scan(Readable.from(parts), idle)).toEqual({ infected: false });
    const chunks = readInstream(received)?.chunks ?? [];
    expect(chunks.map((chunk) => chunk.length)).toEqual([65_536, 65_536, 18_928, 1, 65_536]);
    expect(Buffer.concat(chunks).equals(Buffer.concat(parts))).toBe(true);
  });

  it('reads a reply that comes in pieces', async () => {
    const scanner = await clamdThat(answering('stre', 'am: Bad.Thing-1 FO', 'UND\0'));
    expect(await scanner.scan(Readable.from([Buffer.from('x')]), idle)).toEqual({
      infected: true,
      signature: 'Bad.Thing-1',
    });
  });

  it('takes a finding that comes before the end', async () => {
    const scanner = await clamdThat((socket) =>
      socket.once('data', () => socket.write('stream: Early FOUND\0')),
    );
    const source = endless();
    expect(await scanner.scan(source, idle)).toEqual({ infected: true, signature: 'Early' });
    expect(source.destroyed).toBe(true);
  });

  it.each<[string, string, object]>([
    ['garbage', 'HTTP/1.1 400 Bad Request\0', unavailable],
    ['an error', 'COMMAND READ TIMED OUT\0', unavailable],
    ['an empty reply', '\0', unavailable],
    ['a reply without end', 'x'.repeat(5000), unavailable],
    ['a limit of the engine', 'stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\0', tooLarge],
    ['a limit of the stream', 'INSTREAM size limit exceeded. ERROR\0', tooLarge],
  ])('calls nothing clean on %s', async (_, reply, error) => {
    const scanner = await clamdThat(answering(reply));
    await expect(scanner.scan(Readable.from([Buffer.from('x')]), idle)).rejects.toMatchObject(error);
  });

  it('does not believe a clean reply that comes before the end', async () => {
    const scanner = await clamdThat((socket) => socket.once('data', () => socket.write('stream: OK\0')));
    await expect(scanner.scan(endless(), idle)).rejects.toMatchObject(unavailable);
  });

  it('understands a limit that clamd reports in the middle, closing', async () => {
    const scanner = await clamdThat((socket) =>
      socket.once('data', () => socket.end('INSTREAM size limit exceeded. ERROR\0')),
    );
    await expect(scanner.scan(endless(), idle)).rejects.toMatchObject(tooLarge);
  });

  it.each<[string, (socket: Socket) => void]>([
    ['closes at once', (socket) => socket.end()],
    ['resets at once', (socket) => socket.resetAndDestroy()],
    [
      'resets in the middle',
      (socket) => socket.once('data', () => setTimeout(() => socket.resetAndDestroy(), 20)),
    ],
    ['closes after half a reply', (socket) => socket.once('data', () => socket.end('stream: O'))],
  ])('fails when clamd %s', async (_, behave) => {
    const scanner = await clamdThat(behave);
    const source = endless();
    await expect(scanner.scan(source, idle)).rejects.toMatchObject(unavailable);
    expect(source.destroyed).toBe(true);
  });

  it('fails when nobody listens', async () => {
    const scanner = await clamdThat(() => undefined);
    await new Promise((resolve) => server?.close(resolve));
    await expect(scanner.scan(endless(), idle)).rejects.toMatchObject(unavailable);
  });

  it('fails when clamd is silent for too long after the end', async () => {
    const scanner = await clamdThat((socket) => socket.resume(), 100);
    await expect(scanner.scan(Readable.from([Buffer.from('x')]), idle)).rejects.toMatchObject({
      ...unavailable,
      cause: expect.objectContaining({ message: 'clamd was silent for 100 ms' }),
    });
  });

  it('fails when clamd stops reading, having taken no more than the buffers hold', async () => {
    const scanner = await clamdThat((socket) => socket.pause(), 300, 10 ** 10);
    let read = 0;
    const source = new Readable({
      read() {
        read += 65_536;
        this.push(Buffer.alloc(65_536));
      },
    });
    await expect(scanner.scan(source, idle)).rejects.toMatchObject(unavailable);
    expect(read).toBeLessThan(64 * 1024 ** 2);
  });

  it('ends a source that stalls', async () => {
    const scanner = await clamdThat((socket) => socket.resume(), 100);
    const source = new PassThrough();
    source.write('x');
    await expect(scanner.scan(source, idle)).rejects.toMatchObject(unavailable);
    expect(source.destroyed).toBe(true);
  });

  it('refuses more than it may send, and sends no more', async () => {
    let received = 0;
    const scanner = await clamdThat((socket) => socket.on('data', (data) => (received += data.length)));
    const source = endless(Buffer.alloc(300_000));
    await expect(scanner.scan(source, idle)).rejects.toMatchObject(tooLarge);
    expect(received).toBeLessThan(1_000_100);
    expect(source.destroyed).toBe(true);
  });

  it('throws a failure of the source as it came', async () => {
    const scanner = await clamdThat((socket) => socket.resume());
    const failure = new Error('disk');
    const source = new Readable({
      read() {
        this.destroy(failure);
      },
    });
    await expect(scanner.scan(source, idle)).rejects.toBe(failure);
  });

  it('throws a failure of the source that came before the first byte', async () => {
    const scanner = await clamdThat((socket) => socket.resume());
    const failure = new Error('gone');
    const source = new PassThrough();
    const scan = scanner.scan(source, idle);
    source.destroy(failure);
    await expect(scan).rejects.toBe(failure);
  });

  it.each([0, 50])('stops when aborted after %d ms, with the reason', async (delayMs) => {
    const scanner = await clamdThat((socket) => socket.resume());
    const controller = new AbortController();
    const reason = new Error('deleted');
    const source = endless(Buffer.alloc(1));
    const scan = scanner.scan(source, controller.signal);
    setTimeout(() => controller.abort(reason), delayMs);
    await expect(scan).rejects.toBe(reason);
    expect(source.destroyed).toBe(true);
  });

  it('does not connect when aborted before', async () => {
    const scanner = await clamdThat((socket) => socket.resume());
    const source = endless();
    await expect(scanner.scan(source, AbortSignal.abort(new Error('early')))).rejects.toThrow('early');
    expect(sockets).toHaveLength(0);
    expect(source.destroyed).toBe(true);
  });
});

describe('ClamdScanner.check and version', () => {
  const replying = (reply: string) => (socket: Socket) => void socket.once('data', () => socket.write(reply));

  it('is content with a PONG', async () => {
    const scanner = await clamdThat(replying('PONG\0'));
    await expect(scanner.check(idle)).resolves.toBeUndefined();
  });

  it('tells the version', async () => {
    const scanner = await clamdThat(replying('ClamAV 1.4.6/27000/Mon\0'));
    expect(await scanner.version(idle)).toBe('ClamAV 1.4.6/27000/Mon');
  });

  it.each(['PING\0', 'UNKNOWN COMMAND\0'])('is not content with %j', async (reply) => {
    const scanner = await clamdThat(replying(reply));
    await expect(scanner.check(idle)).rejects.toMatchObject(unavailable);
    await expect(scanner.version(idle)).rejects.toMatchObject(unavailable);
  });

  it('ends in bounded time when clamd is silent', async () => {
    const scanner = await clamdThat((socket) => socket.resume(), 100);
    await expect(scanner.check(idle)).rejects.toMatchObject(unavailable);
  });

  it('ends in bounded time when clamd drips', async () => {
    const scanner = await clamdThat((socket) => {
      const drip = setInterval(() => socket.write('x'), 20);
      socket.once('close', () => clearInterval(drip));
    }, 150);
    await expect(scanner.check(idle)).rejects.toMatchObject(unavailable);
  });
});

describe('NoScanner', () => {
  it('passes everything unread', async () => {
    const source = endless();
    expect(await new NoScanner().scan(source)).toEqual({ infected: false });
    expect(source.destroyed).toBe(true);
  });
});
