import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Body, Controller, HttpCode, Module, Post, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import { commonErrors, newId, ProblemFilter } from '../../src/common/index.js';
import { createHttpAdapter, httpApplicationOptions } from '../../src/http/index.js';
import {
  CurrentAttempt,
  Idempotent,
  IdempotencyModule,
  IdempotencyService,
  ResourceId,
} from '../../src/idempotency/index.js';
import { Database } from '../../src/database/index.js';
import { Api, onDatabase, problemOf } from '../support/api.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

/** What the route is to do with the next requests, before and after it has created the thing. */
const behaviour = { before: async () => {}, after: async () => {} };
const things = new Map<string, unknown>();
let calls = 0;

@Controller('things')
class ThingsController {
  @Post()
  @Idempotent()
  async create(
    @ResourceId() id: string,
    @Body() body: Record<string, unknown>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    calls += 1;
    await behaviour.before();
    if (!things.has(id)) things.set(id, body);
    await behaviour.after();
    void reply.headers({ Location: `/things/${id}`, 'X-Own': 'no' });
    return { id, zeta: 'a\u0000b', alpha: calls };
  }

  @Post('started')
  @HttpCode(202)
  @Idempotent()
  start(@CurrentAttempt() attempt: unknown): unknown {
    calls += 1;
    return { attempt: attempt !== null };
  }

  @Post('nothing')
  @HttpCode(204)
  @Idempotent()
  nothing(): void {
    calls += 1;
  }
}

/** A process with a route of its own, on the database of a service. The user is whom a header names. */
async function startThings(service: TestApp): Promise<NestFastifyApplication> {
  const database = { provide: Database, useValue: service.app.get(Database) };
  @Module({ controllers: [ThingsController], imports: [IdempotencyModule] })
  class ThingsModule {}
  @Module({ providers: [database], exports: [database] })
  class DatabaseOfService {}
  const app = await NestFactory.create<NestFastifyApplication>(
    { module: ThingsModule, imports: [{ module: DatabaseOfService, global: true }] },
    createHttpAdapter({ trustedProxies: [] }),
    { ...httpApplicationOptions, logger: false },
  );
  app.useGlobalFilters(new ProblemFilter());
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', async (request) => {
      const userId = request.headers['x-user'] ?? 'alice';
      Object.assign(request, {
        user:
          userId === 'nobody' ? null : { userId, orgId: request.headers['x-org'] ?? null, scopes: new Set() },
      });
    });
  await app.listen(0, '127.0.0.1');
  return app;
}

describe('routes that take an Idempotency-Key', () => {
  let service: TestApp;
  let apps: NestFastifyApplication[];
  let urls: string[];
  beforeAll(async () => {
    service = await startTestApp({ env: { ROLE: 'api' } });
    apps = [await startThings(service), await startThings(service)];
    urls = await Promise.all(apps.map((app) => app.getUrl()));
  });
  afterEach(async () => {
    Object.assign(behaviour, { before: async () => {}, after: async () => {} });
    things.clear();
    calls = 0;
    await onDatabase(service, 'delete from idempotency_key');
  });
  afterAll(async () => {
    for (const app of apps) await app.close();
    await service.close();
  });

  const post = (
    body: unknown = { name: 'thing' },
    headers: Record<string, string> = { 'idempotency-key': 'k' },
    { path = '/things', instance = 0 } = {},
  ): Promise<Response> =>
    fetch(`${urls[instance]}${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    });
  const rows = () => onDatabase<{ n: number }>(service, 'select count(*)::int as n from idempotency_key');
  /** As if the process of the attempt had been killed long ago. */
  const endLease = () =>
    onDatabase(service, `update idempotency_key set lease_until = now() - interval '1 s'`);

  /** Sends so many at once to both instances, and lets the one that runs end when all others are answered. */
  async function race(count: number): Promise<number[]> {
    const statuses: number[] = [];
    const gate = Promise.withResolvers<void>();
    behaviour.before = () => gate.promise;
    const all = Array.from({ length: count }, async (_, index) => {
      const { status } = await post(undefined, undefined, { instance: index % 2 });
      if (statuses.push(status) === count - 1) gate.resolve();
    });
    await Promise.all(all);
    return statuses;
  }

  it('answers a repetition as the first request, to the byte, and runs once', async () => {
    const first = await post();
    const [text, location] = [await first.text(), first.headers.get('location')];
    expect([first.status, first.headers.get('idempotency-replayed')]).toEqual([201, null]);
    for (const instance of [0, 1]) {
      const again = await post(undefined, undefined, { instance });
      expect([again.status, again.headers.get('location'), await again.text()]).toEqual([
        201,
        location,
        text,
      ]);
      expect(again.headers.get('idempotency-replayed')).toBe('true');
      expect(again.headers.get('x-own')).toBeNull();
    }
    expect([calls, things.size]).toEqual([1, 1]);
  });

  it.each([
    ['/things/started', 202],
    ['/things/nothing', 204],
  ])('repeats the status of %s', async (path, status) => {
    const answers = [await post({}, undefined, { path }), await post({}, undefined, { path })];
    expect(answers.map((answer) => answer.status)).toEqual([status, status]);
    expect(await answers[0]?.text()).toBe(await answers[1]?.text());
    expect(calls).toBe(1);
  });

  it('runs every request without a key, and every one of nobody', async () => {
    for (const headers of [{}, {}, { 'x-user': 'nobody', 'idempotency-key': 'k' }])
      expect((await post(undefined, headers as Record<string, string>)).status).toBe(201);
    expect([things.size, await rows()]).toEqual([3, [{ n: 0 }]]);
  });

  it('knows a body by its content and not by its spelling', async () => {
    await post({ a: 1, b: 2 });
    expect((await post({ b: 2, a: 1 })).status).toBe(201);
    expect(await problemOf(await post({ a: 1, b: 3 }))).toBe('422 IDEMPOTENCY_KEY_REUSED');
    expect(things.size).toBe(1);
  });

  it('refuses the key for another route and for another organization', async () => {
    await post();
    expect(await problemOf(await post(undefined, undefined, { path: '/things/started' }))).toBe(
      '422 IDEMPOTENCY_KEY_REUSED',
    );
    expect(await problemOf(await post(undefined, { 'x-org': 'acme', 'idempotency-key': 'k' }))).toBe(
      '422 IDEMPOTENCY_KEY_REUSED',
    );
  });

  it("keeps one user's keys apart from another's", async () => {
    for (const user of ['alice', 'bob'])
      expect((await post({ name: user }, { 'x-user': user, 'idempotency-key': 'k' })).status).toBe(201);
    expect([...things.values()]).toEqual([{ name: 'alice' }, { name: 'bob' }]);
  });

  it.each(['', 'ü', 'x'.repeat(256)])('refuses the key %j', async (key) => {
    expect(await problemOf(await post(undefined, { 'idempotency-key': key }))).toBe(
      '400 IDEMPOTENCY_KEY_INVALID',
    );
  });

  it('answers 409 at once while the first runs, on whichever instance', async () => {
    const gate = Promise.withResolvers<void>();
    const entered = Promise.withResolvers<void>();
    behaviour.before = () => {
      entered.resolve();
      return gate.promise;
    };
    const first = post();
    await entered.promise;
    for (const instance of [0, 1]) {
      const second = await post(undefined, undefined, { instance });
      expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await problemOf(second)).toBe('409 IDEMPOTENCY_KEY_IN_FLIGHT');
    }
    expect(await problemOf(await post({ name: 'other' }))).toBe('422 IDEMPOTENCY_KEY_REUSED');
    gate.resolve();
    expect((await first).status).toBe(201);
    expect([calls, things.size]).toEqual([1, 1]);
  });

  it('lets one of many through, over two instances', async () => {
    const statuses = await race(30);
    expect(Map.groupBy(statuses, (status) => status)).toEqual(
      new Map([
        [409, Array.from({ length: 29 }, () => 409)],
        [201, [201]],
      ]),
    );
    expect([calls, things.size]).toEqual([1, 1]);
  });

  it('forgets a request that was refused, so that it may be tried with another body', async () => {
    behaviour.before = () => Promise.reject(commonErrors.VALIDATION_FAILED());
    expect(await problemOf(await post({ name: '' }))).toBe('400 VALIDATION_FAILED');
    expect(await rows()).toEqual([{ n: 0 }]);
    behaviour.before = async () => {};
    expect((await post({ name: 'thing' })).status).toBe(201);
  });

  it('tries a request again that failed after it had created, under the same id', async () => {
    behaviour.after = () => Promise.reject(new Error('connection lost'));
    expect(await problemOf(await post())).toBe('500 INTERNAL_ERROR');
    expect(await problemOf(await post({ name: 'other' }))).toBe('422 IDEMPOTENCY_KEY_REUSED');
    behaviour.after = async () => {};
    const again = await post();
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([201, null]);
    expect(await again.json()).toMatchObject({ id: [...things.keys()][0] });
    expect(things.size).toBe(1);
  });

  it('keeps the id also when the second try is refused', async () => {
    behaviour.after = () => Promise.reject(new Error('connection lost'));
    await post();
    behaviour.before = () => Promise.reject(commonErrors.RATE_LIMITED());
    expect(await problemOf(await post())).toBe('429 RATE_LIMITED');
    Object.assign(behaviour, { before: async () => {}, after: async () => {} });
    expect((await post()).status).toBe(201);
    expect(things.size).toBe(1);
  });

  it('takes over from an attempt that is dead, and only one does', async () => {
    const gate = Promise.withResolvers<void>();
    behaviour.before = () => gate.promise;
    const dead = post();
    while (calls === 0) await sleep(5);
    await endLease();
    expect(await race(4)).toEqual([409, 409, 409, 201]);
    const answer = await (await post()).text();
    // It was only slow. It works under the same id, and its answer replaces none.
    gate.resolve();
    await dead;
    expect(things.size).toBe(1);
    expect(await (await post()).text()).toBe(answer);
  });

  it('renews the lease while the request runs', async () => {
    const lease = async () =>
      (await onDatabase<{ until: Date }>(service, 'select lease_until as until from idempotency_key'))[0]
        ?.until;
    const gate = Promise.withResolvers<void>();
    behaviour.before = () => gate.promise;
    const first = post();
    while (calls === 0) await sleep(5);
    const before = await lease();
    await sleep(11_000);
    expect(Number(await lease())).toBeGreaterThan(Number(before) + 9000);
    gate.resolve();
    expect((await first).status).toBe(201);
  });

  describe('after 24 hours', () => {
    const age = (hours: number) =>
      onDatabase(service, `update idempotency_key set expires_at = expires_at - make_interval(hours => $1)`, [
        hours,
      ]);

    it('run again, and until then do not', async () => {
      await post();
      await age(23);
      expect((await post()).headers.get('idempotency-replayed')).toBe('true');
      await age(1);
      expect((await post({ name: 'other' })).status).toBe(201);
      expect(things.size).toBe(2);
    });

    it('are forgotten by the job, but for those that still run', async () => {
      const gate = Promise.withResolvers<void>();
      for (const key of ['1', '2', '3', '4']) await post(undefined, { 'idempotency-key': key });
      behaviour.before = () => gate.promise;
      const running = post();
      while (calls < 5) await sleep(5);
      await age(25);
      await post({}, { 'idempotency-key': 'young' }, { path: '/things/started' });
      const idempotency = service.app.get(IdempotencyService);
      expect([await idempotency.expire(3), await idempotency.expire(3)]).toEqual([3, 1]);
      const left = await onDatabase(service, 'select key from idempotency_key order by key');
      expect(left).toEqual([{ key: 'k' }, { key: 'young' }]);
      gate.resolve();
      expect((await running).status).toBe(201);
      expect((await post()).headers.get('idempotency-replayed')).toBe('true');
    });
  });

  it('answer a signed URL again', async () => {
    const alice = await Api.as(service);
    const id = newId();
    await onDatabase(
      service,
      `insert into media (id, owner_id, filename, content_type, kind, size_bytes, sha256, status, clean, visibility)
       values ($1, 'alice', 'x.png', 'image/png', 'image', 1, '', 'ready', true, 'private')`,
      [id],
    );
    const sign = (expiresIn: number) =>
      alice.send('POST', `/v1/media/${id}/signed-urls`, {
        body: { target: 'download', expiresIn },
        headers: { 'idempotency-key': 'sign' },
      });
    const first = await sign(600);
    expect(first.status).toBe(201);
    const again = await sign(600);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await again.json()).toEqual(await first.json());
    expect(await problemOf(await sign(700))).toBe('422 IDEMPOTENCY_KEY_REUSED');
  });
});
