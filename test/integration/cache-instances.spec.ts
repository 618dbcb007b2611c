import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { MediaChanges } from '../../src/events/index.js';
import { MediaLookup } from '../../src/media/index.js';
import { Api, type MediaJson, onDatabase } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { plainPicture } from '../support/pictures.js';
import { hasRedis, RedisServer } from '../support/redis-server.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

/** What a notification between instances may take on a busy machine; a time to live is thirty times that. */
const NOTICED_MS = 1000;

const backends = [
  { name: 'in-process caches', available: true, redis: false },
  {
    name: hasRedis ? 'a cache in Redis' : 'a cache in Redis (needs redis-server)',
    available: hasRedis,
    redis: true,
  },
];

describe.each(backends.filter(({ available }) => available))('two instances with $name', ({ redis }) => {
  let server: RedisServer | null = null;
  let first: TestApp;
  let second: TestApp;
  let alice: Api;
  let pictures = 0;

  beforeAll(async () => {
    if (redis) server = await RedisServer.start();
    const env: Record<string, string> = server ? { REDIS_URL: server.url } : {};
    first = await startTestApp({ env });
    second = await startTestApp({ beside: first, env: { ...env, ROLE: 'api' } });
    alice = await Api.as(first);
  });
  afterAll(async () => {
    await second.close();
    await first.close();
    await server?.stop();
  });

  const statusAt = async (service: TestApp, id: string, target = 'thumbnail') =>
    (await Api.anonymous(service).head(`/v1/media/${id}/${target}`)).status;

  async function upload(visibility: string): Promise<MediaJson> {
    pictures += 1;
    return alice.uploadReady(await plainPicture(60, 40, pictures), { fields: { visibility } });
  }

  /** Warms both caches: a public media that both have shown, and that nothing has changed for a while. */
  async function shown(): Promise<string> {
    const { id } = await upload('public');
    await eventually(async () =>
      expect([await statusAt(first, id), await statusAt(second, id)]).toEqual([200, 200]),
    );
    return id;
  }

  it('hide at once what a change through one has hidden: there at once, on the other as soon as it hears', async () => {
    const id = await shown();
    await alice.patch(id, { visibility: 'private' });
    const changed = performance.now();
    expect(await statusAt(first, id)).toBe(404);
    await eventually(async () => expect(await statusAt(second, id)).toBe(404), NOTICED_MS);
    expect(performance.now() - changed).toBeLessThan(NOTICED_MS);
    // And it stays so: no reader has put the old state back.
    for (let read = 0; read < 20; read += 1)
      expect([await statusAt(first, id), await statusAt(second, id)]).toEqual([404, 404]);
  });

  it('show what has become public', async () => {
    const { id } = await upload('private');
    expect([await statusAt(first, id), await statusAt(second, id)]).toEqual([404, 404]);
    await (await Api.as(second)).patch(id, { visibility: 'public' });
    expect(await statusAt(second, id)).toBe(200);
    await eventually(async () => expect(await statusAt(first, id)).toBe(200), NOTICED_MS);
  });

  it.each([
    ['trashed', ''],
    ['purged', '?permanent=true'],
  ])('deliver nothing of what was %s through one', async (_name, query) => {
    const id = await shown();
    await alice.send('DELETE', `/v1/media/${id}${query}`);
    expect(await statusAt(first, id, 'download')).toBe(404);
    await eventually(async () => expect(await statusAt(second, id, 'download')).toBe(404), NOTICED_MS);
  });

  it('hear of what no instance did, too', async () => {
    const id = await shown();
    await onDatabase(first, "update media set status = 'quarantined', clean = false where id = $1", [id]);
    await eventually(
      async () => expect([await statusAt(first, id), await statusAt(second, id)]).toEqual([403, 403]),
      NOTICED_MS,
    );
  });

  it('are not fooled by an id in upper case', async () => {
    const id = await shown();
    expect(await statusAt(second, id.toUpperCase())).toBe(200);
    await alice.patch(id, { visibility: 'private' });
    await eventually(async () => expect(await statusAt(second, id.toUpperCase())).toBe(404), NOTICED_MS);
  });

  it('do not trust what they know while they can not hear', async () => {
    const id = await shown();
    const changes = second.app.get(MediaChanges, { strict: false });
    await endListeners(first);
    await eventually(() => expect(changes.live).toBe(false), NOTICED_MS);
    await alice.patch(id, { visibility: 'private' });
    expect(await statusAt(second, id)).toBe(404);
    await eventually(() => expect(changes.live).toBe(true));
    expect(await statusAt(second, id)).toBe(404);
  });

  it('listen again after a loss, each on one connection', async () => {
    const all = [first, second].map(({ app }) => app.get(MediaChanges, { strict: false }));
    for (let loss = 0; loss < 2; loss += 1) {
      await endListeners(first);
      await eventually(() => expect(all.map(({ live }) => live)).toEqual([false, false]), NOTICED_MS);
      await eventually(() => expect(all.map(({ live }) => live)).toEqual([true, true]));
    }
    const listeners = await onDatabase(first, listening);
    expect(listeners.length).toBe(2);
    const id = await shown();
    await alice.patch(id, { visibility: 'private' });
    await eventually(async () => expect(await statusAt(second, id)).toBe(404), NOTICED_MS);
  });

  it('do not ask the database again for what nothing has changed', async () => {
    const id = await shown();
    const lookup = second.app.get(MediaLookup, { strict: false });
    // For five seconds after a change nothing is kept.
    await eventually(async () => {
      const known = await lookup.find(id);
      await renameUnheard(first, id);
      expect((await lookup.find(id))?.filename).toBe(known?.filename);
    });
  });
});

/** Changes a row without its trigger, so that no instance hears of it. */
async function renameUnheard(service: TestApp, id: string): Promise<void> {
  await onDatabase(
    service,
    `set session_replication_role = replica; update media set filename = gen_random_uuid()::text where id = '${id}'`,
  );
}

const listening =
  "select pid from pg_stat_activity where datname = current_database() and query like 'listen %'";

/** Ends the connections on which instances listen, as a failover would. */
async function endListeners({ databaseUrl }: TestApp): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(`select pg_terminate_backend(pid) from (${listening}) listeners`);
  } finally {
    await client.end();
  }
}
