import { once } from 'node:events';
import type { ClientRequest } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ObjectStore, storageErrors } from '../../src/storage/index.js';
import { eventually } from '../support/eventually.js';
import { formEnd, formHeaders, multipart, openUpload, partHead, pictureOf } from '../support/multipart.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { clear, noTraces, tracesOf, untilTraces } from '../support/traces.js';

const MIB = 1024 * 1024;
const MAX_UPLOAD_BYTES = 4 * MIB;
const head = partHead({ name: 'file', filename: 'cat.png', type: 'image/png' });
const formOf = (...sizes: number[]): Buffer =>
  multipart(
    sizes.map((size) => ({
      name: 'file',
      filename: `${size}.png`,
      type: 'image/png',
      body: pictureOf(size),
    })),
  );

const closeOf = (request: ClientRequest): Promise<unknown> =>
  new Promise((resolve) => request.once('close', resolve));

describe('limits of uploads', () => {
  let service: TestApp;
  let authorization: string;
  beforeAll(async () => {
    service = await startTestApp({
      env: {
        ROLE: 'api',
        MAX_UPLOAD_BYTES: String(MAX_UPLOAD_BYTES),
        UPLOAD_IDLE_TIMEOUT_SECONDS: '1',
        MAX_CONCURRENT_UPLOADS: '3',
      },
    });
    authorization = await service.bearer({ org: 'acme' });
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await clear(service);
  });
  afterAll(() => service.close());

  const open = (headers: Record<string, string> = {}, path = '/v1/media') =>
    openUpload(service.url + path, { authorization, ...headers });
  const send = (body: Buffer, path = '/v1/media') =>
    fetch(service.url + path, {
      method: 'POST',
      body: body as RequestInit['body'],
      headers: { authorization, ...formHeaders },
    });
  const untilNothingIsLeft = () => untilTraces(service, noTraces);
  const setLimit = async (account: string, limitBytes: number): Promise<void> => {
    const response = await fetch(`${service.url}/v1/quotas/${account}`, {
      method: 'PUT',
      body: JSON.stringify({ limitBytes }),
      headers: {
        authorization: await service.bearer({ sub: 'root', scopes: ['admin'] }),
        'content-type': 'application/json',
      },
    });
    expect(response.status).toBe(200);
  };

  describe('size', () => {
    it('takes a file of exactly the limit and refuses one byte more', async () => {
      expect((await send(formOf(MAX_UPLOAD_BYTES))).status).toBe(201);
      const refused = await send(formOf(MAX_UPLOAD_BYTES + 1));
      expect(refused.status).toBe(413);
      expect(await refused.json()).toMatchObject({ code: 'UPLOAD_TOO_LARGE' });
      expect(await tracesOf(service)).toMatchObject({
        media: 1,
        reservedBytes: 0,
        usedBytes: MAX_UPLOAD_BYTES,
      });
    });

    it('refuses by the Content-Length, before a byte of the body', async () => {
      const { request, answer } = open({ 'content-length': String(50 * MIB) });
      request.flushHeaders();
      expect(await answer).toMatchObject({ status: 413, body: { code: 'UPLOAD_TOO_LARGE' } });
      expect(await tracesOf(service)).toEqual(noTraces);
      request.destroy();
    });

    it('refuses a body of unknown length as soon as the limit is crossed, and ends what goes on sending', async () => {
      const { request, answer } = open({ connection: 'keep-alive' });
      const closed = closeOf(request);
      request.write(head);
      request.write(pictureOf(MIB));
      const chunk = Buffer.alloc(64 * 1024);
      let sent = MIB;
      let answered = false;
      void answer.then(() => (answered = true));
      while (!answered && sent < 50 * MIB) {
        request.write(chunk);
        sent += chunk.length;
        await sleep(1);
      }
      expect(await answer).toMatchObject({ status: 413, body: { code: 'UPLOAD_TOO_LARGE' } });
      expect(sent).toBeLessThan(20 * MIB);
      await untilNothingIsLeft();
      const endless = setInterval(() => request.write(chunk), 20);
      await closed;
      clearInterval(endless);
    });

    it('does not reset a connection that is to be closed under a client that still sends', async () => {
      const { hostname, port } = new URL(service.url);
      const socket = connect(Number(port), hostname);
      const events: string[] = [];
      for (const event of ['error', 'end', 'close']) socket.on(event, () => events.push(event));
      socket.write(
        [
          'POST /v1/media HTTP/1.1',
          `Host: ${hostname}`,
          'Connection: close',
          `Authorization: ${authorization}`,
          `Content-Type: ${formHeaders['content-type']}`,
          `Content-Length: ${50 * MIB}`,
          '\r\n',
        ].join('\r\n'),
      );
      const endless = setInterval(() => socket.write(Buffer.alloc(64 * 1024)), 20);
      const [answer] = (await once(socket, 'data')) as [Buffer];
      expect(answer.toString()).toMatch(/^HTTP\/1\.1 413 /);
      await sleep(1000);
      expect(events).toEqual([]);
      clearInterval(endless);
      socket.destroy();
    });

    it('keeps the connection of a client that was refused and then ended its body', async () => {
      const response = await send(formOf(MAX_UPLOAD_BYTES + 1));
      expect(response.status).toBe(413);
      expect((await send(formOf(1000))).status).toBe(201);
    });
  });

  describe('time', () => {
    it.each([
      ['before its body', []],
      ['in the head of a part', [head.subarray(0, 20)]],
      ['before the first byte of the file', [head]],
      ['within the file', [head, pictureOf(200_000)]],
      ['after the file', [head, pictureOf(1000), Buffer.from('\r\n--')]],
    ])('gives a client up that falls silent %s', async (_, pieces) => {
      const { request, answer } = open();
      request.flushHeaders();
      for (const piece of pieces) request.write(piece);
      const closed = closeOf(request);
      expect(await answer).toMatchObject({ status: 408, body: { code: 'UPLOAD_IDLE' } });
      expect(await tracesOf(service)).toEqual(noTraces);
      await closed;
    });

    it('gives a batch up that falls silent in the rest of a refused file', async () => {
      const { request, answer } = open({}, '/v1/media/batch');
      request.write(formOf(1000).subarray(0, -formEnd.length));
      request.write('\r\n');
      request.write(partHead({ name: 'file', filename: 'notes.txt', type: 'text/plain' }));
      request.write('only text '.repeat(10_000));
      expect(await answer).toMatchObject({ status: 408, body: { code: 'UPLOAD_IDLE' } });
      expect(await tracesOf(service)).toEqual(noTraces);
      request.destroy();
    });

    it('waits for a client that sends slowly', async () => {
      const { request, answer } = open();
      const body = formOf(1000);
      for (let at = 0; at < body.length; at += 200) {
        request.write(body.subarray(at, at + 200));
        await sleep(300);
      }
      request.end();
      expect(await answer).toMatchObject({ status: 201 });
    });

    it('lets a slow client send the rest of a refused file of a batch', async () => {
      const { request, answer } = open({}, '/v1/media/batch');
      request.write(partHead({ name: 'file', filename: 'notes.txt', type: 'text/plain' }));
      for (let sent = 0; sent < 6; sent += 1) {
        request.write('only text '.repeat(20_000));
        await sleep(300);
      }
      request.write('\r\n');
      request.end(formOf(1000));
      expect((await answer).body).toMatchObject({ results: [{ status: 415 }, { status: 201 }] });
    });
  });

  describe('a client that goes away', () => {
    it.each([
      ['in the head of the file', [head]],
      ['within the file', [head, pictureOf(MIB)]],
      ['after the file', [head, pictureOf(MIB), Buffer.from('\r\n--')]],
    ])('%s leaves nothing', async (_, pieces) => {
      const { request } = open({ 'content-length': String(3 * MIB) });
      for (const piece of pieces) request.write(piece);
      if (pieces.length > 1) await untilTraces(service, { reservations: 1 });
      request.destroy();
      await untilNothingIsLeft();
    });

    it('leaves nothing of a batch whose first file was whole', async () => {
      const { request } = open({}, '/v1/media/batch');
      request.write(formOf(500_000).subarray(0, -formEnd.length));
      request.write('\r\n');
      request.write(head);
      request.write(pictureOf(MIB));
      await untilTraces(service, { objects: [expect.any(String)], reservations: 2 });
      request.destroy();
      await untilNothingIsLeft();
    });
  });

  describe('quota', () => {
    const chunked = async (size: number) => {
      const { request, answer } = open();
      request.end(formOf(size));
      return answer;
    };

    it.each([
      ['users/alice', 'of known', 200_000],
      ['users/alice', 'of unknown', 2 * MIB],
      ['orgs/acme', 'of known', 2 * MIB],
      ['orgs/acme', 'of unknown', 200_000],
    ])(
      'of %s: a file %s length fills it to the last byte, one byte more is refused',
      async (account, kind, size) => {
        const status = async (bytes: number) =>
          (await (kind === 'of known' ? send(formOf(bytes)) : chunked(bytes))).status;
        await setLimit(account, size - 1);
        expect(await status(size)).toBe(413);
        expect(await tracesOf(service)).toEqual(noTraces);
        await setLimit(account, size);
        expect(await status(size)).toBe(201);
        expect(await status(1000)).toBe(413);
        expect(await tracesOf(service)).toMatchObject({ media: 1, reservedBytes: 0, usedBytes: size });
      },
    );

    it('is claimed as the bytes come', async () => {
      const { request } = open();
      request.write(head);
      request.write(pictureOf(MIB));
      await eventually(async () => {
        const { reservedBytes } = await tracesOf(service);
        expect(reservedBytes).toBeGreaterThanOrEqual(MIB);
        expect(reservedBytes).toBeLessThan(2 * MIB);
      });
      request.destroy();
      await untilNothingIsLeft();
    });

    it('names its limit and tells which files of a batch it refused', async () => {
      await setLimit('users/alice', 10_000);
      const response = await send(formOf(6000, 6000, 4000), '/v1/media/batch');
      expect(await response.json()).toMatchObject({
        results: [
          { status: 201 },
          { status: 413, problem: { code: 'QUOTA_EXCEEDED', detail: 'your quota has no room' } },
          { status: 201 },
        ],
      });
      expect(await tracesOf(service)).toMatchObject({ media: 2, reservedBytes: 0, usedBytes: 10_000 });
    });
  });

  it('refuses more uploads at once than there are places for, and frees the places', async () => {
    const running = Array.from({ length: 3 }, () => open());
    for (const { request } of running) request.write(Buffer.concat([head, pictureOf(1000)]));
    await untilTraces(service, { reservations: 3 });
    const refused = await send(formOf(1000));
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('5');
    expect(await refused.json()).toMatchObject({ code: 'UPLOADS_BUSY' });
    for (const { request } of running) request.end(formEnd);
    for (const { answer } of running) expect((await answer).status).toBe(201);
    expect((await send(formOf(1000))).status).toBe(201);
  });

  describe('a store that is full', () => {
    /** Takes a part of the next object, as a file system does that fills up. */
    const fillUp = () =>
      jest.spyOn(service.app.get(ObjectStore), 'put').mockImplementationOnce(async (_key, source) => {
        for await (const _chunk of source) break;
        throw storageErrors.STORAGE_FULL();
      });

    it('refuses the upload, and leaves nothing', async () => {
      fillUp();
      const response = await send(formOf(3 * MIB));
      expect(response.status).toBe(507);
      expect(await response.json()).toMatchObject({ code: 'STORAGE_FULL' });
      expect(await tracesOf(service)).toEqual(noTraces);
    });

    it('refuses the file of a batch, and takes the next', async () => {
      fillUp();
      const response = await send(formOf(3 * MIB, 1000), '/v1/media/batch');
      expect(await response.json()).toMatchObject({ results: [{ status: 507 }, { status: 201 }] });
      expect(await tracesOf(service)).toMatchObject({ media: 1, reservations: 0, usedBytes: 1000 });
    });
  });
});
