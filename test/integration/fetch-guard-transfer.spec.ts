import { once } from 'node:events';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { FetchOptions } from '../../src/security/index.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { selfSigned } from '../support/self-signed.js';
import { FakeDns, type GuardSettings, guardOf, PUBLIC_ADDRESS } from '../support/source-site.js';

let server: Server;
let port: number;
const sockets = new Set<Socket>();
/** Runs when the head of a request has come. */
let answer: (socket: Socket) => void;

beforeEach(async () => {
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.once('data', () => answer(socket));
  });
  await listen(server);
  port = (server.address() as AddressInfo).port;
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  server.close();
  await once(server, 'close');
});

async function listen(to: Server): Promise<void> {
  to.listen(0, PUBLIC_ADDRESS);
  await once(to, 'listening');
}

function open(settings: Partial<GuardSettings & FetchOptions> = {}) {
  const { signal = AbortSignal.timeout(10_000), maxBytes = 1024 ** 2, ...rest } = settings;
  return guardOf({ dns: new FakeDns({}), ...rest }).open(`http://${PUBLIC_ADDRESS}:${port}/`, {
    signal,
    maxBytes,
  });
}

async function read(settings: Partial<GuardSettings & FetchOptions> = {}): Promise<string> {
  const { source } = await open(settings);
  return (await buffer(source)).toString();
}

function options(): FetchOptions {
  return { signal: AbortSignal.timeout(10_000), maxBytes: 1024 ** 2 };
}

/** Sooner than any time limit of the tests would do it. */
async function untilDisconnected(): Promise<void> {
  await eventually(() => expect(sockets.size).toBe(0), 1000);
}

function failure(code: string, status: number) {
  return expect.objectContaining({ code, status });
}

const ok = 'HTTP/1.1 200 OK\r\n';
const tooLarge = failure('IMPORT_TOO_LARGE', 413);
const interrupted = failure('IMPORT_INTERRUPTED', 502);
const timeout = failure('IMPORT_TIMEOUT', 504);
const invalid = failure('IMPORT_RESPONSE_INVALID', 422);
const unreachable = failure('IMPORT_UNREACHABLE', 502);

/** Writes again and again until the other end is gone. */
function drip(socket: Socket, chunk: string | Buffer, everyMs: number): void {
  const timer = setInterval(() => socket.write(chunk), everyMs);
  socket.on('close', () => clearInterval(timer));
}

function dripFields(socket: Socket): void {
  socket.write(ok);
  drip(socket, 'X-Drip: 1\r\n', 20);
}

describe('the body of an import', () => {
  it.each([
    ['by its length', `${ok}Content-Length: 4\r\n\r\nbody`],
    ['by chunks', `${ok}Transfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n`],
    ['by the end of the connection', `${ok}\r\nbody`],
    ['with more behind it than its length', `${ok}Content-Length: 4\r\n\r\nbody and more`],
    ['after an interim answer', `HTTP/1.1 103 Early Hints\r\n\r\n${ok}Content-Length: 4\r\n\r\nbody`],
  ])('is whole when it ends %s', async (_, response) => {
    answer = (socket) => socket.end(response);
    expect(await read()).toBe('body');
  });

  it.each([
    ['before its length', `${ok}Content-Length: 5\r\n\r\nbody`],
    ['before its first byte', `${ok}Content-Length: 5\r\n\r\n`],
    ['within a chunk', `${ok}Transfer-Encoding: chunked\r\n\r\n9\r\nbody`],
    ['before the last chunk', `${ok}Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n`],
    ['with a chunk that is none', `${ok}Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\nxyz\r\n`],
  ])('is never taken for whole when it ends %s', async (_, response) => {
    answer = (socket) => socket.end(response);
    await expect(read()).rejects.toEqual(interrupted);
  });

  it('is interrupted by a reset', async () => {
    answer = (socket) => {
      socket.write(`${ok}\r\nbody`);
      setTimeout(() => socket.resetAndDestroy(), 50);
    };
    await expect(read()).rejects.toEqual(interrupted);
    answer = (socket) => {
      socket.write(`${ok}Content-Length: 5\r\n\r\nbody`);
      setTimeout(() => socket.resetAndDestroy(), 50);
    };
    await expect(read()).rejects.toEqual(interrupted);
  });

  it('may have as many bytes as allowed', async () => {
    answer = (socket) => socket.end(`${ok}\r\nbody`);
    expect(await read({ maxBytes: 4 })).toBe('body');
  });

  it('is refused by its length before a byte of it is read', async () => {
    answer = (socket) => socket.write(`${ok}Content-Length: 5\r\n\r\n`);
    await expect(open({ maxBytes: 4 })).rejects.toEqual(tooLarge);
    await untilDisconnected();
  });

  it('ends at the limit when it has no end', async () => {
    const chunk = Buffer.alloc(64 * 1024);
    let sent = 0;
    answer = (socket) => {
      socket.write(`${ok}\r\n`);
      const more = () => {
        while (!socket.destroyed && socket.write(chunk)) sent += chunk.length;
      };
      socket.on('drain', more);
      more();
    };
    await expect(read({ maxBytes: 1024 ** 2 })).rejects.toEqual(tooLarge);
    await untilDisconnected();
    expect(sent).toBeGreaterThanOrEqual(1024 ** 2 - chunk.length);
  });

  it('times out when it falls silent, though not while its reader waits', async () => {
    answer = (socket) => {
      socket.write(`${ok}\r\n${'x'.repeat(400_000)}`);
    };
    const { source } = await open({ idleTimeoutMs: 300 });
    await sleep(900);
    expect(source.errored).toBeNull();
    await expect(buffer(source)).rejects.toEqual(timeout);
  });

  it('times out as a whole, however steadily it drips', async () => {
    answer = (socket) => {
      socket.write(`${ok}\r\n`);
      drip(socket, 'x', 20);
    };
    await expect(read({ timeoutMs: 400, idleTimeoutMs: 300 })).rejects.toEqual(timeout);
    await untilDisconnected();
  });

  it('is ended by the signal, with its reason, and by its reader', async () => {
    answer = (socket) => {
      socket.write(`${ok}\r\n`);
      drip(socket, 'x', 20);
    };
    const controller = new AbortController();
    const { source } = await open({ signal: controller.signal });
    const reading = buffer(source);
    controller.abort(new Error('cancelled'));
    await expect(reading).rejects.toThrow('cancelled');
    await untilDisconnected();

    const abandoned = await open();
    expect(sockets.size).toBe(1);
    abandoned.source.destroy();
    await untilDisconnected();
  });

  it('that nobody reads times out and ends no process', async () => {
    answer = (socket) => socket.write(`${ok}Content-Length: 9\r\n\r\nbody`);
    const { source } = await open({ timeoutMs: 200 });
    await eventually(() => expect(source.errored).toEqual(timeout));
    await untilDisconnected();
  });
});

describe('the head of an answer', () => {
  it.each([
    ['a content coding', `${ok}Content-Encoding: gzip\r\n\r\n`, gzipSync('body')],
    [
      'a deflate bomb in a transfer coding',
      `${ok}Transfer-Encoding: gzip, chunked\r\n\r\n`,
      gzipSync('body'),
    ],
    ['header fields without end', `${ok}${'X-Long: 0123456789\r\n'.repeat(2000)}\r\n`, ''],
    ['two lengths', `${ok}Content-Length: 4\r\nContent-Length: 5\r\n\r\nbody`, ''],
    ['a length and chunks', `${ok}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, ''],
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n', ''],
  ])('is refused with %s', async (_, head, body) => {
    answer = (socket) => {
      socket.write(head);
      socket.end(body);
    };
    await expect(read()).rejects.toEqual(invalid);
    await untilDisconnected();
  });

  it.each([
    ['403 Forbidden', failure('IMPORT_REFUSED_BY_SOURCE', 422)],
    ['404 Not Found', failure('IMPORT_REFUSED_BY_SOURCE', 422)],
    ['206 Partial Content', failure('IMPORT_REFUSED_BY_SOURCE', 422)],
    ['429 Too Many Requests', failure('IMPORT_SOURCE_UNAVAILABLE', 502)],
    ['503 Service Unavailable', failure('IMPORT_SOURCE_UNAVAILABLE', 502)],
  ])('of %s is no file', async (status, error) => {
    answer = (socket) => socket.write(`HTTP/1.1 ${status}\r\nContent-Length: 4\r\n\r\nbo`);
    await expect(open()).rejects.toEqual(error);
    await untilDisconnected();
  });

  it.each<[string, (socket: Socket) => void]>([
    ['silence', () => undefined],
    ['a drip of header fields', dripFields],
    ['interim answers without end', (socket) => drip(socket, 'HTTP/1.1 103 Early Hints\r\n\r\n', 20)],
  ])('times out after %s', async (_, slowly) => {
    answer = (socket) => {
      slowly(socket);
    };
    const started = performance.now();
    await expect(open({ idleTimeoutMs: 400 })).rejects.toEqual(timeout);
    expect(performance.now() - started).toBeLessThan(3000);
    await untilDisconnected();
  });

  it('counts all hops against the time for the whole', async () => {
    let hops = 0;
    answer = (socket) => {
      hops += 1;
      setTimeout(
        () => socket.end(`HTTP/1.1 302 Found\r\nLocation: /${hops}\r\nContent-Length: 0\r\n\r\n`),
        150,
      );
    };
    await expect(open({ timeoutMs: 400, idleTimeoutMs: 300 })).rejects.toEqual(timeout);
    expect(hops).toBe(3);
  });

  it('that redirects is all that is read of its answer', async () => {
    answer = (socket) => {
      socket.write('HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 4\r\n\r\nbo');
      answer = (next) => next.end(`${ok}\r\nbody`);
    };
    expect(await read()).toBe('body');
    await untilDisconnected();
  });

  it.each<[string, (socket: Socket) => void]>([
    ['a reset', (socket) => socket.resetAndDestroy()],
    ['an end without an answer', (socket) => socket.end()],
    ['an end within the head', (socket) => socket.end(`${ok}Content-`)],
  ])('that never comes, after %s, makes the source unreachable', async (_, end) => {
    answer = end;
    await expect(open()).rejects.toEqual(unreachable);
  });

  it('never comes from a port on which nobody listens', async () => {
    port = await freePort();
    await expect(open()).rejects.toEqual(unreachable);
  });

  it('is not waited for after the signal', async () => {
    const controller = new AbortController();
    const asked = new Promise<void>((resolve) => (answer = () => resolve()));
    const opening = open({ signal: controller.signal });
    await asked;
    controller.abort(new Error('cancelled'));
    await expect(opening).rejects.toThrow('cancelled');
    await expect(open({ signal: controller.signal })).rejects.toThrow('cancelled');
    await untilDisconnected();
  });
});

describe('a connection', () => {
  it.each([0, 1, 2, 3, 4, 5, 10, 20])(
    'is not left behind by a signal %d ticks after the start',
    async (ticks) => {
      answer = () => undefined;
      const controller = new AbortController();
      const opening = open({ signal: controller.signal });
      opening.catch(() => undefined);
      for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve();
      controller.abort(new Error('cancelled'));
      await expect(opening).rejects.toThrow('cancelled');
      // Time for what was begun to arrive.
      await sleep(50);
      expect(sockets.size).toBe(0);
    },
  );
});

describe('a look-up', () => {
  const url = 'http://slow.example/';

  it('that takes too long times out, and what it brings later is not dialled', async () => {
    const dns = new FakeDns({ 'slow.example': [[PUBLIC_ADDRESS]] });
    const fast = dns.resolve;
    Object.assign(dns, { resolve: (name: string) => sleep(500).then(() => fast(name)) });
    await expect(
      guardOf({ dns, idleTimeoutMs: 200 }).open(`http://slow.example:${port}/`, options()),
    ).rejects.toEqual(timeout);
    await sleep(600);
    expect(dns.lookups).toEqual(['slow.example']);
    expect(sockets.size).toBe(0);
  });

  it('that fails for now makes the source unreachable', async () => {
    const dns = new FakeDns({});
    const again = Object.assign(new Error('getaddrinfo EAI_AGAIN'), { code: 'EAI_AGAIN' });
    Object.assign(dns, { resolve: () => Promise.reject(again) });
    await expect(guardOf({ dns }).open(url, options())).rejects.toEqual(unreachable);
  });
});

describe('https', () => {
  const certificate = selfSigned('secure.example');
  const trusted = getCACertificates('default');
  const dns = new FakeDns({ 'secure.example': [[PUBLIC_ADDRESS]], 'other.example': [[PUBLIC_ADDRESS]] });
  const secure = createHttpsServer(certificate, ({ url }, response) => {
    if (url === '/down') response.writeHead(302, { location: `http://secure.example:${port}/` }).end();
    else response.end('secret');
  });
  let securePort: number;

  beforeEach(async () => {
    setDefaultCACertificates([...trusted, certificate.cert]);
    await listen(secure);
    securePort = (secure.address() as AddressInfo).port;
  });
  afterEach(async () => {
    setDefaultCACertificates(trusted);
    secure.closeAllConnections();
    secure.close();
    await once(secure, 'close');
  });

  it('is spoken to the name that was asked for', async () => {
    const { source } = await guardOf({ dns }).open(`https://secure.example:${securePort}/`, options());
    expect((await buffer(source)).toString()).toBe('secret');
  });

  it.each([
    ['of another name', 'other.example', certificate.cert],
    ['that nobody trusts', 'secure.example', selfSigned('secure.example').cert],
  ])('refuses a certificate %s', async (_, host, ca) => {
    setDefaultCACertificates([...trusted, ca]);
    await expect(guardOf({ dns }).open(`https://${host}:${securePort}/`, options())).rejects.toEqual(
      unreachable,
    );
  });

  it('is never left for http', async () => {
    let connected = false;
    server.on('connection', () => (connected = true));
    await expect(
      guardOf({ dns }).open(`https://secure.example:${securePort}/down`, options()),
    ).rejects.toMatchObject({
      code: 'IMPORT_URL_FORBIDDEN',
      message: expect.stringContaining('https to http'),
    });
    expect(connected).toBe(false);
    // The counter-check: the server that would have been asked is there.
    const probe = connect(port, PUBLIC_ADDRESS);
    await once(probe, 'connect');
    await eventually(() => expect(connected).toBe(true));
    probe.destroy();
  });
});
