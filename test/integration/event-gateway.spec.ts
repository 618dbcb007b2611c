import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { shutDown } from '../../src/http/index.js';
import { Api, onDatabase, problemOf } from '../support/api.js';
import { EventSocket, type Refusal, refusalOf, silentPeer } from '../support/event-socket.js';
import { eventually } from '../support/eventually.js';
import { plainPicture } from '../support/pictures.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { insertUpload, insertUploads, setUpload } from '../support/upload-rows.js';

const absent = '01990000-0000-7000-8000-000000000000';

describe('the WebSocket of events', () => {
  let service: TestApp;
  let second: TestApp;
  let alice: Api;
  let authorization: string;

  beforeAll(async () => {
    service = await startTestApp();
    second = await startTestApp({
      beside: service,
      env: {
        ROLE: 'api',
        EVENT_HEARTBEAT_SECONDS: '1',
        MAX_EVENT_STREAMS_PER_CALLER: '3',
        CORS_ORIGINS: 'https://app.example',
      },
    });
    alice = await Api.as(service);
    authorization = await service.bearer();
  });
  afterEach(() => EventSocket.closeAll());
  afterAll(async () => {
    await second.close();
    await service.close();
  });

  const jwt = () => authorization.replace('Bearer ', '');
  const setMedia = (id: string, assignments: string) =>
    onDatabase(service, `update media set ${assignments} where id = $1`, [id]);

  describe('that is opened', () => {
    it('tells of an upload and of the media that it becomes, worked on by another instance', async () => {
      const socket = await EventSocket.as(second);
      const id = await insertUpload(service);
      socket.subscribe({ uploadId: id.toUpperCase() });
      await eventually(() => expect(socket.told).toEqual(['received 0']));
      await setUpload(service, id, 'offset_bytes = 400');
      await setUpload(service, id, "state = 'refused', failure_code = 'CHECKSUM_MISMATCH'");
      await eventually(() =>
        expect(socket.told).toEqual(['received 0', 'received 400', 'refused CHECKSUM_MISMATCH']),
      );
      expect(socket.events[1]).toEqual({
        event: 'received',
        data: { id, receivedBytes: 400, sizeBytes: 1000 },
      });

      const media = await alice.upload(await plainPicture(60, 40, 1));
      socket.subscribe({ mediaId: media.id });
      await eventually(() => expect(socket.told.at(-1)).toBe('ready'));
      socket.client.close();
      expect(await socket.closed).toBe('1005');
    });

    it('is one for many, until they are unsubscribed from', async () => {
      const socket = await EventSocket.as(second);
      const [one, other] = [await insertUpload(service), await insertUpload(service)];
      // Twice is once.
      for (const uploadId of [one, other, one]) socket.subscribe({ uploadId });
      await eventually(() => expect(socket.events.map(({ data }) => data.id)).toEqual([one, other]));
      socket.send({ event: 'unsubscribe', data: { uploadId: one } });
      socket.send({ event: 'unsubscribe', data: { uploadId: absent } });
      // Answered in order, so that it is done when the next is refused.
      socket.send('?');
      await eventually(() => expect(socket.errors.length).toBe(1));
      for (const id of [one, other]) await setUpload(service, id, 'offset_bytes = 9');
      await eventually(() =>
        expect(socket.events.at(-1)?.data).toMatchObject({ id: other, receivedBytes: 9 }),
      );
      expect(socket.events.length).toBe(3);
    });

    it('answers what can not be done with the codes of HTTP, and goes on', async () => {
      const socket = await EventSocket.as(second, { sub: 'bob' });
      const hidden = (await alice.upload(await plainPicture(60, 40, 2))).id;
      const upload = await insertUpload(service);
      for (const data of [{ mediaId: hidden }, { mediaId: absent }, { uploadId: upload }])
        socket.subscribe(data);
      socket.send('not JSON');
      socket.client.send(Buffer.from(JSON.stringify({ event: 'subscribe', data: { mediaId: absent } })));
      socket.send({ event: 'publish', data: {} });
      await eventually(() => expect(socket.errors.length).toBe(6));
      expect(socket.errors.map(({ code, status }) => `${status} ${code}`)).toEqual([
        '404 MEDIA_NOT_FOUND',
        '404 MEDIA_NOT_FOUND',
        '404 UPLOAD_NOT_FOUND',
        '400 EVENT_MESSAGE_INVALID',
        '400 EVENT_MESSAGE_INVALID',
        '400 EVENT_MESSAGE_INVALID',
      ]);
      expect(socket.errors[0]).toEqual({
        code: 'MEDIA_NOT_FOUND',
        status: 404,
        detail: 'There is no such media',
        mediaId: hidden,
      });
      expect(socket.events).toEqual([]);
    });

    it('ends a subscription when the media may no longer be seen', async () => {
      const { id } = await alice.uploadReady(await plainPicture(60, 40, 3), {
        fields: { visibility: 'public' },
      });
      await setMedia(id, "status = 'processing', progress = 1, generation = generation + 1");
      const socket = await EventSocket.as(second, { sub: 'bob' });
      socket.subscribe({ mediaId: id });
      await eventually(() => expect(socket.told).toEqual(['processing 1']));
      await alice.patch(id, { visibility: 'private' });
      await eventually(() => expect(socket.told).toEqual(['processing 1', 'deleted']));
      await setMedia(id, 'progress = 50');
      socket.subscribe({ mediaId: id });
      await eventually(() => expect(socket.errors.map(({ code }) => code)).toEqual(['MEDIA_NOT_FOUND']));
      expect(socket.told).toEqual(['processing 1', 'deleted']);
    });

    it('has a bound for subscriptions and one for messages', async () => {
      const socket = await EventSocket.as(second);
      const ids = await insertUploads(service, 101);
      for (const uploadId of ids) socket.subscribe({ uploadId });
      await eventually(() => expect(socket.errors.length).toBe(1));
      expect(socket.errors[0]).toMatchObject({ code: 'EVENT_SUBSCRIPTIONS_EXCEEDED', uploadId: ids[100] });
      await eventually(() => expect(socket.events.length).toBe(100));
      socket.send('x'.repeat(4097));
      expect(await socket.closed).toBe('1009');
    });

    it('stays open with a peer that answers, and ends with one that does not', async () => {
      const socket = await EventSocket.as(second);
      const peer = await silentPeer(second, authorization);
      const started = performance.now();
      await once(peer, 'close');
      expect(performance.now() - started).toBeLessThan(5000);
      expect(socket.client.readyState).toBe(socket.client.OPEN);
      socket.client.close();
      await socket.closed;
    });

    it('ends when the token does', async () => {
      // Clocks may differ by 5 s, so that this one has one left.
      const socket = await EventSocket.as(second, { expiresInSeconds: -4 });
      expect(await socket.closed).toBe('4401 TOKEN_EXPIRED');
    });
  });

  describe('from a page', () => {
    it('takes the token as a subprotocol, as a browser sends it', async () => {
      // Node's own WebSocket is that of browsers: it can set no header.
      const page = new WebSocket(`${second.url.replace('http', 'ws')}/v1/events`, ['bearer', jwt()]);
      await once(page, 'open');
      expect(page.protocol).toBe('bearer');
      const id = await insertUpload(service);
      page.send(JSON.stringify({ event: 'subscribe', data: { uploadId: id } }));
      const [message] = (await once(page, 'message')) as [{ data: string }];
      expect(JSON.parse(message.data)).toEqual({
        event: 'received',
        data: { id, receivedBytes: 0, sizeBytes: 1000 },
      });
      page.close();
    });

    it.each(['https://app.example', 'own'])('of an allowed origin is let in: %s', async (origin) => {
      const headers = { authorization, origin: origin === 'own' ? second.url : origin };
      const socket = await EventSocket.open(second, { headers });
      socket.client.close();
      expect(await socket.closed).toBe('1005');
    });
  });

  describe('is refused', () => {
    const refused = ({ status, code }: Refusal): string => `${status} ${code}`;

    it('without a token, as the routes are', async () => {
      const refusal = await refusalOf(second, {});
      expect(refused(refusal)).toBe('401 UNAUTHENTICATED');
      expect(refusal.headers['www-authenticate']).toBe('Bearer');
      expect(refusal.headers['content-type']).toBe('application/problem+json');
      expect(refusal.headers['x-request-id']).toMatch(/./);
    });

    it('with a token that does not do, however it is sent', async () => {
      const readless = await service.bearer({ scopes: ['media:write'] });
      const expired = await service.bearer({ expiresInSeconds: -60 });
      const cases = [
        [{ headers: { authorization: 'Bearer x.y.z' } }, '401 TOKEN_INVALID'],
        [{ protocols: ['bearer', 'x.y.z'] }, '401 TOKEN_INVALID'],
        [{ headers: { authorization: expired } }, '401 TOKEN_EXPIRED'],
        [{ headers: { authorization: readless } }, '403 INSUFFICIENT_SCOPE'],
        [{ path: `/v1/events?access_token=${jwt()}` }, '401 UNAUTHENTICATED'],
      ] as const;
      for (const [handshake, answer] of cases)
        expect(
          refused(
            await refusalOf(second, {
              ...handshake,
              protocols: [...('protocols' in handshake ? handshake.protocols : [])],
            }),
          ),
        ).toBe(answer);
    });

    it('to pages of other origins', async () => {
      const headers = { authorization, origin: 'https://evil.example' };
      expect(refused(await refusalOf(second, { headers }))).toBe('403 ORIGIN_NOT_ALLOWED');
    });

    it('when the caller has enough of them, until one is closed', async () => {
      const caller = { sub: 'carol' };
      const sockets = [
        await EventSocket.as(second, caller),
        await EventSocket.as(second, caller),
        await EventSocket.as(second, caller),
      ];
      const headers = { authorization: await service.bearer(caller) };
      const refusal = await refusalOf(second, { headers });
      expect([refused(refusal), refusal.headers['retry-after']]).toEqual(['429 EVENT_STREAMS_EXCEEDED', '5']);
      sockets[0]?.client.terminate();
      await eventually(async () => sockets.push(await EventSocket.open(second, { headers })));
    });

    it('on any other path, where it is a request like all others', async () => {
      const headers = { authorization };
      expect(refused(await refusalOf(second, { headers, path: '/v1/events/x' }))).toBe('404 ROUTE_NOT_FOUND');
      expect(refused(await refusalOf(second, { headers, path: `/v1/media/${absent}` }))).toBe(
        '404 MEDIA_NOT_FOUND',
      );
    });

    it('to who does not ask for a WebSocket', async () => {
      const response = await (await Api.as(second)).get('/v1/events');
      expect([response.headers.get('upgrade'), response.headers.get('sec-websocket-version')]).toEqual([
        'websocket',
        '13',
      ]);
      expect(await problemOf(response)).toBe('426 UPGRADE_REQUIRED');
    });
  });

  it('does not keep an instance from shutting down', async () => {
    const closing = await startTestApp({ beside: service, env: { ROLE: 'api' } });
    const socket = await EventSocket.as(closing);
    const peer = await silentPeer(closing, authorization);
    const started = performance.now();
    expect(await shutDown(closing.app, { delayMs: 0, timeoutMs: 20_000 })).toBe(0);
    expect(performance.now() - started).toBeLessThan(8000);
    expect(await socket.closed).toBe('1001 SHUTTING_DOWN');
    expect(peer.closed || (await once(peer, 'close'))).toBeTruthy();
    await closing.close();
  });

  it('does not exist in a worker', async () => {
    const worker = await startTestApp({ beside: service, env: { ROLE: 'worker' } });
    const { status, code } = await refusalOf(worker, { headers: { authorization } });
    expect(`${status} ${code}`).toBe('404 ROUTE_NOT_FOUND');
    await worker.close();
  });
});
