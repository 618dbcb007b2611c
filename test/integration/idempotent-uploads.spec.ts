import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { MediaCommitService } from '../../src/media/index.js';
import { Api, onDatabase, problemOf } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import {
  formEnd,
  formHeaders,
  type FormPart,
  multipart,
  openUpload,
  partHead,
  pictureOf,
} from '../support/multipart.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { clear, noTraces, tracesOf } from '../support/traces.js';

const picture = pictureOf(5000);
const file: FormPart = { name: 'file', filename: 'cat.png', type: 'image/png', body: picture };
const dog: FormPart = { ...file, filename: 'dog.png', body: pictureOf(7000, 7) };
const field = (name: string, body: string): FormPart => ({ name, body });

describe('uploads with an Idempotency-Key', () => {
  let service: TestApp;
  let other: TestApp;
  let authorization: string;
  beforeAll(async () => {
    const env = {
      ROLE: 'api',
      MAX_UPLOAD_BYTES: '100000',
      BATCH_MAX_FILES: '5',
      UPLOAD_IDLE_TIMEOUT_SECONDS: '2',
    };
    service = await startTestApp({ env });
    other = await startTestApp({ env, beside: service });
    authorization = await service.bearer();
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await clear(service);
    await onDatabase(service, 'delete from idempotency_key');
  });
  afterAll(async () => {
    await other.close();
    await service.close();
  });

  interface Sending {
    key?: string;
    path?: string;
    to?: TestApp;
    headers?: Record<string, string>;
  }
  const send = (
    parts: FormPart[] | Buffer,
    { key = 'k', path = '/v1/media', to = service, headers = {} }: Sending = {},
  ): Promise<Response> =>
    fetch(to.url + path, {
      method: 'POST',
      body: (Buffer.isBuffer(parts) ? parts : multipart(parts)) as RequestInit['body'],
      headers: { authorization, ...formHeaders, 'idempotency-key': key, ...headers },
    });
  const batch = { path: '/v1/media/batch' };
  const replayed = ({ headers }: Response) => headers.get('idempotency-replayed');
  const keys = () =>
    onDatabase<{ n: number }>(service, 'select count(*)::int as n from idempotency_key').then(
      ([row]) => row?.n,
    );
  /** As a process leaves the key that is killed after it has committed and before it has answered. */
  const killBeforeAnswer = () =>
    onDatabase(service, `update idempotency_key set answer = null, lease_until = now() - interval '1 s'`);
  const endLease = () =>
    onDatabase(service, `update idempotency_key set lease_until = now() - interval '1 s'`);
  const begin = (to = service) => openUpload(`${to.url}/v1/media`, { authorization, 'idempotency-key': 'k' });
  const whole = {
    media: 1,
    objects: [expect.any(String)],
    unfinished: [],
    reservations: 0,
    pendingDeletions: 0,
    reservedBytes: 0,
    usedBytes: 5000,
  };

  it('answer a repetition as the first time, and keep one media', async () => {
    const first = await send([file, field('tags', 'a'), field('visibility', 'public')]);
    const text = await first.text();
    expect([first.status, replayed(first)]).toEqual([201, null]);
    for (const to of [service, other]) {
      const again = await send([field('visibility', 'public'), field('tags', 'a'), file], { to });
      expect([again.status, replayed(again), await again.text()]).toEqual([201, 'true', text]);
      for (const name of ['location', 'etag']) expect(again.headers.get(name)).toBe(first.headers.get(name));
    }
    expect(await tracesOf(service)).toMatchObject(whole);
  });

  it('need no room in the quota to be answered again', async () => {
    const first = await send([file]);
    await onDatabase(service, `update quota set limit_bytes = 5000`);
    const again = await send([file]);
    expect([again.status, await again.text()]).toEqual([201, await first.text()]);
    expect(await problemOf(await send([file], { key: 'other' }))).toBe('413 QUOTA_EXCEEDED');
    expect(await tracesOf(service)).toMatchObject(whole);
  });

  it.each([
    ['other bytes', [{ ...file, body: pictureOf(5000, 1) }]],
    ['fewer bytes', [{ ...file, body: picture.subarray(0, 4000) }]],
    ['no bytes', [{ ...file, body: '' }]],
    ['another name', [{ ...file, filename: 'dog.png' }]],
    ['another declared type', [{ ...file, type: 'application/octet-stream' }]],
    ['a field more', [file, field('tags', 'a')]],
  ])('are refused with %s', async (_, parts) => {
    await send([file]);
    expect(await problemOf(await send(parts))).toBe('422 IDEMPOTENCY_KEY_REUSED');
    expect(await tracesOf(service)).toMatchObject(whole);
  });

  it('are refused on the route of batches', async () => {
    await send([file]);
    expect(await problemOf(await send([file], batch))).toBe('422 IDEMPOTENCY_KEY_REUSED');
  });

  it('are read again within the limits of an upload', async () => {
    await send([file]);
    expect(await problemOf(await send([{ ...file, body: pictureOf(150_000) }]))).toBe('413 UPLOAD_TOO_LARGE');
    expect(await problemOf(await send(multipart([file]).subarray(0, 3000)))).toBe('400 UPLOAD_INTERRUPTED');
    const silent = begin();
    silent.request.write(Buffer.concat([partHead(file), picture.subarray(0, 1000)]));
    expect((await silent.answer).body).toMatchObject({ code: 'UPLOAD_IDLE' });
    silent.request.destroy();
    expect(replayed(await send([file]))).toBe('true');
  });

  it('are of their user alone', async () => {
    await send([file]);
    const bob = await send([dog], { headers: { authorization: await service.bearer({ sub: 'bob' }) } });
    expect([bob.status, replayed(bob)]).toEqual([201, null]);
    expect(await bob.json()).toMatchObject({ ownerId: 'bob', filename: 'dog.png' });
  });

  it('are as ever without one', async () => {
    const alice = await Api.as(service);
    const ids = [await alice.upload(picture), await alice.upload(picture)].map(({ id }) => id);
    expect(new Set(ids).size).toBe(2);
    expect(await keys()).toBe(0);
  });

  it('are refused with a malformed one before their body is read', async () => {
    const upload = openUpload(`${service.url}/v1/media`, {
      authorization,
      'idempotency-key': 'x'.repeat(256),
    });
    upload.request.write(partHead(file));
    expect(await upload.answer).toMatchObject({ status: 400, body: { code: 'IDEMPOTENCY_KEY_INVALID' } });
    upload.request.destroy();
  });

  it('are refused at once while the first is on its way', async () => {
    const first = begin();
    first.request.write(Buffer.concat([partHead(file), picture.subarray(0, 1000)]));
    await eventually(async () => expect(await keys()).toBe(1));
    for (const to of [service, other]) {
      const second = await send([file], { to });
      expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await problemOf(second)).toBe('409 IDEMPOTENCY_KEY_IN_FLIGHT');
    }
    first.request.end(Buffer.concat([picture.subarray(1000), formEnd]));
    expect((await first.answer).status).toBe(201);
    expect(await tracesOf(service)).toMatchObject(whole);
  });

  it('become one media when many are sent at once to two instances', async () => {
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, index) => send([file], { to: index % 2 ? other : service })),
    );
    const ids = await Promise.all(
      all
        .filter(({ status }) => status === 201)
        .map(async (answer) => ((await answer.json()) as { id: string }).id),
    );
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set([201, 409]));
    expect(new Set(ids).size).toBe(1);
    expect(await tracesOf(service)).toMatchObject(whole);
  });

  it.each([
    ['a refused field', [file, field('visibility', 'all')], '400 VALIDATION_FAILED'],
    ['damage on the way', [file, field('sha256', '0'.repeat(64))], '422 CHECKSUM_MISMATCH'],
    ['a type that is not taken', [{ ...file, body: Buffer.alloc(500, 0x81) }], '415 UNSUPPORTED_MEDIA_TYPE'],
    ['a body that broke off', multipart([file]).subarray(0, 3000), '400 UPLOAD_INTERRUPTED'],
  ])('succeed after %s with the same key', async (_, parts, problem) => {
    expect(await problemOf(await send(parts))).toBe(problem);
    expect([await tracesOf(service), await keys()]).toEqual([noTraces, 0]);
    expect((await send([file])).status).toBe(201);
    expect(await tracesOf(service)).toMatchObject(whole);
  });

  it('succeed after a commit that failed, and after one whose answer was lost', async () => {
    const commits = service.app.get(MediaCommitService);
    const commit = commits.commit.bind(commits);
    const spy = jest.spyOn(commits, 'commit');
    spy.mockRejectedValueOnce(new Error('connection lost'));
    expect(await problemOf(await send([file]))).toBe('500 INTERNAL_ERROR');
    spy.mockImplementationOnce(async (...args) => {
      await commit(...args);
      throw new Error('connection lost');
    });
    expect(await problemOf(await send([file]))).toBe('500 INTERNAL_ERROR');
    const third = await send([file]);
    expect([third.status, replayed(third)]).toEqual([201, null]);
    expect(await tracesOf(service)).toMatchObject(whole);
  });

  describe('whose process was killed', () => {
    it('before the commit, are taken over', async () => {
      const dead = begin();
      dead.request.write(Buffer.concat([partHead(file), picture.subarray(0, 1000)]));
      await eventually(async () => expect((await tracesOf(service)).reservations).toBe(1));
      await endLease();
      const next = await send([file], { to: other });
      expect(next.status).toBe(201);
      // It was only slow: it can commit no second one, and leaves nothing.
      dead.request.end(Buffer.concat([picture.subarray(1000), formEnd]));
      expect(await dead.answer).toMatchObject({ status: 409, body: { code: 'IDEMPOTENCY_KEY_IN_FLIGHT' } });
      expect(await tracesOf(service)).toMatchObject(whole);
      expect(await (await send([file])).text()).toBe(await next.text());
    });

    it('at the commit, are taken over', async () => {
      const gate = Promise.withResolvers<void>();
      const commits = service.app.get(MediaCommitService);
      const commit = commits.commit.bind(commits);
      const spy = jest.spyOn(commits, 'commit').mockImplementationOnce(async (...args) => {
        await gate.promise;
        return commit(...args);
      });
      const dead = send([file]);
      await eventually(() => expect(spy).toHaveBeenCalled());
      await endLease();
      // The dead one had read its body, so that another is known to be another.
      expect(await problemOf(await send([dog], { to: other }))).toBe('422 IDEMPOTENCY_KEY_REUSED');
      expect((await send([file], { to: other })).status).toBe(201);
      gate.resolve();
      expect(await problemOf(await dead)).toBe('409 IDEMPOTENCY_KEY_IN_FLIGHT');
      expect(await tracesOf(service)).toMatchObject(whole);
    });

    it('and that is only slow, can not commit while another attempt runs', async () => {
      const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const entered: number[] = [];
      for (const [index, { app }] of [service, other].entries()) {
        const commits = app.get(MediaCommitService);
        const commit = commits.commit.bind(commits);
        jest.spyOn(commits, 'commit').mockImplementationOnce(async (...args) => {
          entered.push(index);
          await gates[index]?.promise;
          return commit(...args);
        });
      }
      const slow = send([file]);
      await eventually(() => expect(entered).toEqual([0]));
      await endLease();
      const next = send([file], { to: other });
      await eventually(() => expect(entered).toEqual([0, 1]));
      gates[0]?.resolve();
      expect(await problemOf(await slow)).toBe('409 IDEMPOTENCY_KEY_IN_FLIGHT');
      gates[1]?.resolve();
      expect((await next).status).toBe(201);
      expect(await tracesOf(service)).toMatchObject(whole);
    });

    it('before its body was whole, do not stand for the body of a next one that is refused', async () => {
      const dead = begin();
      dead.request.write(Buffer.concat([partHead(file), picture.subarray(0, 1000)]));
      await eventually(async () => expect(await keys()).toBe(1));
      await endLease();
      const damaged = await send([file, field('sha256', '0'.repeat(64))]);
      expect(await problemOf(damaged)).toBe('422 CHECKSUM_MISMATCH');
      expect((await send([file])).status).toBe(201);
      dead.request.destroy();
      await eventually(async () => expect(await tracesOf(service)).toMatchObject(whole));
    });

    it('after the commit, are answered with the media that there is', async () => {
      const first = (await (await send([file])).json()) as { id: string };
      await onDatabase(service, `update quota set limit_bytes = 5000`);
      await killBeforeAnswer();
      expect(await problemOf(await send([dog], { to: other }))).toBe('422 IDEMPOTENCY_KEY_REUSED');
      const second = await send([file], { to: other });
      expect(second.headers.get('location')).toBe(`/v1/media/${first.id}`);
      expect([second.status, await second.json()]).toEqual([201, first]);
      expect(replayed(await send([file]))).toBe('true');
      expect(await tracesOf(service)).toMatchObject(whole);
    });

    it('after the commit, make another media when that one was purged', async () => {
      const first = (await (await send([file])).json()) as { id: string };
      await killBeforeAnswer();
      const alice = await Api.as(service);
      expect((await alice.send('DELETE', `/v1/media/${first.id}?permanent=true`)).status).toBe(204);
      const second = await send([file]);
      expect(second.status).toBe(201);
      expect(await second.json()).not.toMatchObject({ id: first.id });
    });
  });

  describe('in a batch', () => {
    const results = async (response: Response) => {
      expect(response.status).toBe(200);
      const { results: all } = (await response.json()) as {
        results: { status: number; media?: { id: string } }[];
      };
      return all.map(({ status, media }) => media?.id ?? status);
    };
    const text: FormPart = { ...file, filename: 'notes.txt', type: 'text/plain', body: 'x'.repeat(80_000) };
    const huge: FormPart = { ...file, filename: 'huge.png', body: pictureOf(400_000, 3) };

    it('are answered alike, the refused ones too', async () => {
      const parts = [file, text, huge, dog, field('tags', 'a')];
      const first = await send(parts, batch);
      const answer = await first.text();
      const again = await send(parts, batch);
      expect([again.status, replayed(again), await again.text()]).toEqual([200, 'true', answer]);
      expect(await tracesOf(service)).toMatchObject({ media: 2, usedBytes: 12_000, reservations: 0 });
    });

    it.each([
      ['another order', [dog, huge, file]],
      ['one fewer', [file, huge]],
      [
        'another end of a refused file',
        [file, { ...huge, body: Buffer.concat([huge.body as Buffer, picture]) }, dog],
      ],
      ['another beginning of a refused file', [file, { ...huge, body: pictureOf(400_000, 4) }, dog]],
    ])('are refused with %s', async (_, parts) => {
      expect(await results(await send([file, huge, dog], batch))).toEqual([
        expect.stringMatching(/-/),
        413,
        expect.stringMatching(/-/),
      ]);
      expect(await problemOf(await send(parts, batch))).toBe('422 IDEMPOTENCY_KEY_REUSED');
      expect(await tracesOf(service)).toMatchObject({ media: 2 });
    });

    it('are taken up where a killed process has left them', async () => {
      const commits = service.app.get(MediaCommitService);
      const commit = commits.commit.bind(commits);
      const committed: string[] = [];
      const spy = jest.spyOn(commits, 'commit').mockImplementation(async (...args) => {
        if (committed.length === 1) throw new Error('connection lost');
        const media = await commit(...args);
        committed.push(media.id);
        return media;
      });
      expect(await problemOf(await send([text, file, dog], batch))).toBe('500 INTERNAL_ERROR');
      spy.mockRestore();
      const again = await results(await send([text, file, dog], { ...batch, to: other }));
      expect(again).toEqual([415, committed[0], expect.stringMatching(/-/)]);
      expect(await tracesOf(service)).toMatchObject({
        media: 2,
        usedBytes: 12_000,
        reservations: 0,
        pendingDeletions: 0,
        reservedBytes: 0,
      });
    });

    it('can commit nothing more once another attempt has taken over', async () => {
      const gate = Promise.withResolvers<void>();
      const commits = service.app.get(MediaCommitService);
      const commit = commits.commit.bind(commits);
      let count = 0;
      jest.spyOn(commits, 'commit').mockImplementation(async (...args) => {
        count += 1;
        if (count === 2) await gate.promise;
        return commit(...args);
      });
      const slow = send([file, dog], batch);
      await eventually(() => expect(count).toBe(2));
      await endLease();
      const ids = await results(await send([file, dog], { ...batch, to: other }));
      gate.resolve();
      expect(await results(await slow)).toEqual([ids[0], 409]);
      await sleep(50);
      expect(await results(await send([file, dog], batch))).toEqual(ids);
      expect(await tracesOf(service)).toMatchObject({ media: 2, usedBytes: 12_000, reservations: 0 });
    });
  });
});
