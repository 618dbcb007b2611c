import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { Database } from '../../src/database/index.js';
import { Media, unfinishedStatuses } from '../../src/media/index.js';
import { eventually } from '../support/eventually.js';
import { MediaClient, smallPicture } from '../support/media-client.js';
import { hasRedis, RedisServer } from '../support/redis-server.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const POOL = 2;
const LISTENER = 1;
/** A queue has a pool of two; a worker has that and a connection that listens. Seven queues, and six workers: that of the
 * analysis connects only where it is switched on. */
const QUEUES = 7 * 2;
const WORKERS = 6 * (2 + 1);

/** PostgreSQL lists a connection that has ended until its process is gone: that of the migrations, at a start. */
const JUST_ENDED = 1;

describe('connections to PostgreSQL', () => {
  let database: TestDatabase;
  let observer: pg.Client;
  beforeAll(async () => {
    database = await createTestDatabase();
    observer = new pg.Client({ connectionString: process.env['TEST_DATABASE_URL'] });
    await observer.connect();
  });
  afterAll(async () => {
    await observer.end();
    await database.drop();
  });

  async function connections(): Promise<number> {
    const { rows } = await observer.query<{ count: number }>(
      'select count(*)::int as count from pg_stat_activity where datname = $1',
      [new URL(database.url).pathname.slice(1)],
    );
    return rows[0]?.count ?? 0;
  }

  function jobsDone({ app }: TestApp): Promise<void> {
    return eventually(async () => {
      const unfinished = { status: { $in: [...unfinishedStatuses] } };
      expect(await app.get(Database).unit().count(Media, unfinished)).toBe(0);
    }, 30_000);
  }

  /** The most connections that a service has while many upload at once, until everything is done. */
  async function mostConnections(env: Record<string, string>): Promise<number> {
    const service = await startTestApp({
      env: { DATABASE_URL: database.url, DATABASE_POOL_SIZE: String(POOL), ...env },
    });
    const counts: number[] = [];
    const watch = setInterval(() => void connections().then((count) => counts.push(count)), 20);
    try {
      if (env['ROLE'] !== 'worker') {
        const client = new MediaClient({ url: service.url, bearer: await service.bearer() });
        const pictures = await Promise.all(Array.from({ length: 20 }, (_, number) => smallPicture(number)));
        await Promise.all(pictures.map((picture) => client.upload(picture)));
      }
      if (env['ROLE'] !== 'api') await jobsDone(service);
    } finally {
      clearInterval(watch);
      await service.close();
    }
    return Math.max(...counts);
  }

  it.each([
    ['api', POOL + LISTENER + QUEUES],
    // Does what the first left to do.
    ['worker', POOL + LISTENER + QUEUES + WORKERS],
    ['all', POOL + LISTENER + QUEUES + WORKERS],
  ])('are bounded with ROLE=%s: %i', async (role, limit) => {
    const most = await mostConnections({ ROLE: role });
    expect(most).toBeGreaterThan(POOL);
    expect(most).toBeLessThanOrEqual(limit + JUST_ENDED);
    await eventually(async () => expect(await connections()).toBe(0));
  });

  (hasRedis ? it : it.skip)(
    'are those of the pool and the listener with queues on Redis (needs redis-server)',
    async () => {
      const redis = await RedisServer.start();
      try {
        const most = await mostConnections({ ROLE: 'all', REDIS_URL: redis.url });
        expect(most).toBeLessThanOrEqual(POOL + LISTENER + JUST_ENDED);
        await eventually(async () => expect(await connections()).toBe(0));
      } finally {
        await redis.stop();
      }
    },
  );
});
