import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { eventually } from '../support/eventually.js';
import { type ServerProcess, startServer } from '../support/server-process.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const ORIGINALS = 5000;
/** A job whose worker was killed is noticed once its lock (15 s) has run out, every 5 s. */
const STALLED_MS = 60_000;

describe('a reconciliation whose worker is killed', () => {
  let database: TestDatabase;
  let rows: pg.Client;
  let dataDir: string;
  const processes: ServerProcess[] = [];
  const start = async (role: string): Promise<ServerProcess> => {
    const server = await startServer({
      dataDir,
      env: { ROLE: role, DATABASE_URL: database.url, JWT_SECRET: 'a secret for tests that is long enough' },
    });
    processes.push(server);
    return server;
  };
  beforeAll(async () => {
    database = await createTestDatabase();
    dataDir = await mkdtemp(join(tmpdir(), 'media-reconciliation-'));
    rows = new pg.Client({ connectionString: database.url });
    await rows.connect();
  });
  afterAll(async () => {
    for (const server of processes) await server.stop();
    await rows.end();
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('is done by another one, from the beginning', async () => {
    const api = await start('api');
    await rows.query(
      `insert into blob (id, space, size_bytes, storage_key)
       select id, 'user:alice', 1, 'originals/' || right(id::text, 2) || '/' || id || '/original'
         from (select gen_random_uuid() as id from generate_series(1, ${ORIGINALS})) as new`,
    );
    const request = async (path: string, init: RequestInit = {}): Promise<Record<string, unknown>> => {
      const headers = { authorization: `Bearer ${api.token}`, 'content-type': 'application/json' };
      const response = await fetch(api.url + path, { ...init, headers });
      return (await response.json()) as Record<string, unknown>;
    };
    const { id } = await request('/v1/admin/reconcile', { method: 'POST', body: '{}' });
    const report = () => request(`/v1/admin/reconcile/${String(id)}`);
    const attempt = async (): Promise<unknown> =>
      (await rows.query<{ attempt: string }>('select attempt from reconciliation')).rows[0]?.attempt;

    const first = await start('worker');
    await eventually(async () => expect(await attempt()).not.toBeNull(), 30_000);
    const before = await attempt();
    await first.kill('SIGKILL');
    expect(await report()).toMatchObject({ state: 'running' });
    expect(await request('/v1/admin/reconcile', { method: 'POST', body: '{}' })).toMatchObject({
      code: 'RECONCILIATION_RUNNING',
    });

    await start('worker');
    await eventually(async () => expect((await report())['state']).toBe('done'), 2 * STALLED_MS);
    expect(await attempt()).not.toBe(before);
    expect(await report()).toMatchObject({
      counts: { originals: ORIGINALS },
      findingCounts: { 'original.unused': ORIGINALS, 'original.missing': ORIGINALS },
    });
  }, 200_000);
});
