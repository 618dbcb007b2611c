import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { MikroORM } from '@mikro-orm/postgresql';
import { MeteredAdmission } from '../../src/delivery/admission/metered-admission.js';
import { DeliveryAccess } from '../../src/delivery/delivery-access.js';
import { Api, type MediaJson, onDatabase, problemOf } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { plainPicture } from '../support/pictures.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const never = new AbortController().signal;

describe('a transform that is not there yet', () => {
  let service: TestApp;
  let media: MediaJson;
  beforeAll(async () => {
    service = await startTestApp();
    const alice = await Api.as(service);
    media = await alice.uploadReady(await plainPicture(80, 60, 9));
  });
  afterAll(() => service.close());

  const path = (target: string) => `/v1/media/${media.id}/${target}`;

  it('asks the database twice for what is not there yet, and once in a while for what is', async () => {
    const apart = await startTestApp({
      beside: service,
      env: { ROLE: 'api', IMAGE_MEMORY_CACHE_BYTES: '0', CACHE_TTL_SECONDS: '600' },
    });
    const pool = await apart.app.get(MikroORM).em.getConnection().getNativeClient();
    const client = await pool.connect();
    const query = jest.spyOn(Object.getPrototypeOf(client) as typeof client, 'query');
    client.release();
    const ours = /transform_lease|pending_deletion|insert into variant|kind = 'transform'/;
    const statements = async (): Promise<number> => {
      query.mockClear();
      const response = await api.get(path('resize?width=43&format=webp'));
      expect(response.status).toBe(200);
      await response.body?.cancel();
      const texts = query.mock.calls.map(([first]: unknown[]) => JSON.stringify(first));
      return texts.filter((text) => ours.test(text)).length;
    };
    const api = await Api.as(apart);
    try {
      expect([await statements(), await statements(), await statements()]).toEqual([2, 1, 0]);
    } finally {
      query.mockRestore();
      await apart.close();
    }
  });

  describe('when the time of a request is over before its turn', () => {
    const timeouts = 'media_transform_refusals_total{reason="timeout"}';
    const renders = 'media_transform_renders_total{for="request"}';
    let hasty: TestApp;
    let api: Api;
    beforeAll(async () => {
      hasty = await startTestApp({
        beside: service,
        env: { ROLE: 'api', TRANSFORM_CONCURRENCY: '1', TRANSFORM_QUEUE_TIMEOUT_SECONDS: '1' },
      });
      api = await Api.as(hasty);
    });
    afterAll(() => hasty.close());

    async function metric(name: string): Promise<number> {
      const text = await (await api.get('/metrics')).text();
      const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
      return Number(line?.split(' ')[1] ?? 0);
    }

    async function expectRefusal(target: string): Promise<void> {
      const before = [await metric(timeouts), await metric(renders)];
      const response = await api.get(path(target));
      expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
      expect(await problemOf(response)).toBe('503 TRANSFORM_BUSY');
      expect([await metric(timeouts), await metric(renders)]).toEqual([(before[0] ?? 0) + 1, before[1]]);
      await eventually(async () => {
        expect(await metric('media_transforms_waiting')).toBe(0);
        expect(await onDatabase(service, 'select * from transform_lease')).toEqual([]);
        const ledger = "select * from pending_deletion where prefix like '%' || $1 || '/v/%'";
        expect(await onDatabase(service, ledger, [media.id])).toEqual([]);
      });
    }

    it('refuses it while others take up all room, and leaves no trace of it', async () => {
      const held = Promise.withResolvers<void>();
      const holder = hasty.app.get(MeteredAdmission).run({ cost: 1, signal: never }, () => held.promise);
      try {
        await expectRefusal('resize?width=41&format=jpeg');
      } finally {
        held.resolve();
        await holder;
      }
    });

    it('counts from its arrival, whatever it was that took the time', async () => {
      const access = hasty.app.get(DeliveryAccess);
      const open = access.open.bind(access);
      const slow = jest.spyOn(access, 'open').mockImplementation(async (...asked) => {
        await sleep(1000);
        return open(...asked);
      });
      try {
        await expectRefusal('resize?width=42&format=jpeg');
      } finally {
        slow.mockRestore();
      }
    });
  });
});
