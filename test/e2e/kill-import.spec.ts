import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { eventually } from '../support/eventually.js';
import { HeldSource } from '../support/import-bench.js';
import { MediaClient, type MediaSeen } from '../support/media-client.js';
import { type ServerProcess, startServer } from '../support/server-process.js';
import { PUBLIC_ADDRESS, type SourceSite, startSourceSite } from '../support/source-site.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { documentOf } from '../support/tus.js';

const MIB = 1024 ** 2;
/** A job whose worker was killed is noticed once its lock (15 s) has run out, every 5 s. */
const STALLED_MS = 60_000;
/** Sweepers run every minute. */
const SWEEP_MS = 75_000;

describe('a worker that ends in the middle of an import', () => {
  let database: TestDatabase;
  let rows: pg.Client;
  let dataDir: string;
  let site: SourceSite;
  let api: ServerProcess;
  let client: MediaClient;
  const workers: ServerProcess[] = [];
  const bytes = documentOf(8 * MIB, 7);

  const start = (role: string) =>
    startServer({
      dataDir,
      env: {
        ROLE: role,
        DATABASE_URL: database.url,
        JWT_SECRET: 'a secret for tests that is long enough',
        IMPORT_ALLOWED_HOSTS: PUBLIC_ADDRESS,
      },
    });
  async function startWorker(): Promise<ServerProcess> {
    const worker = await start('worker');
    workers.push(worker);
    return worker;
  }

  beforeEach(async () => {
    database = await createTestDatabase();
    dataDir = await mkdtemp(join(tmpdir(), 'media-imports-'));
    site = await startSourceSite();
    api = await start('api');
    client = new MediaClient({ url: api.url, bearer: `Bearer ${api.token}` });
    rows = new pg.Client({ connectionString: database.url });
    await rows.connect();
  }, 60_000);
  afterEach(async () => {
    for (const worker of workers.splice(0)) await worker.stop();
    await api.stop();
    await site.stop();
    await rows.end();
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  }, 60_000);

  async function importFile(): Promise<string> {
    const response = await client.request('/v1/media/import', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ url: `http://${PUBLIC_ADDRESS}:${site.port}/film.pdf` }),
    });
    expect(response.status).toBe(202);
    return ((await response.json()) as MediaSeen).id;
  }
  const received = (id: string, offset: number) =>
    eventually(async () => {
      const { rows: uploads } = await rows.query<{ offset: number }>(
        'select offset_bytes::float8 as offset from upload where id = $1',
        [id],
      );
      expect(uploads[0]?.offset).toBe(offset);
    }, 20_000);
  async function files(): Promise<string[]> {
    const entries = await readdir(join(dataDir, 'objects'), { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  }

  async function expectWhole(id: string): Promise<void> {
    const download = await client.request(`/v1/media/${id}/download`);
    const hash = createHash('sha256').update(Buffer.from(await download.arrayBuffer()));
    expect(hash.digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'));
    const account = await (await client.request('/v1/quotas/users/developer')).json();
    expect(account).toMatchObject({ usedBytes: bytes.length, reservedBytes: 0, mediaCount: 1 });
    // An hour later.
    await rows.query('update pending_deletion set due_at = now()');
    await eventually(async () => {
      expect((await rows.query('select from pending_deletion')).rowCount).toBe(0);
    }, SWEEP_MS);
    const { rows: blobs } = await rows.query<{ storage_key: string }>('select storage_key from blob');
    expect(await files()).toEqual(blobs.map(({ storage_key }) => join(dataDir, 'objects', storage_key)));
  }

  it('by SIGKILL: another one fetches it again, and no bytes are left of the first', async () => {
    const source = new HeldSource(bytes, { sent: 5 * MIB });
    site.answer = source.answer;
    const killed = await startWorker();
    const id = await importFile();
    await received(id, 5 * MIB);
    await killed.kill('SIGKILL');
    expect(await files()).not.toEqual([]);

    await startWorker();
    await eventually(() => expect(source.responses).toHaveLength(2), STALLED_MS);
    await source.finish(2);
    await client.until(id, 'ready', 30_000);
    await expectWhole(id);
  }, 240_000);

  it('by SIGTERM: it hands the import over, and another one begins again at once', async () => {
    const source = new HeldSource(bytes, { sent: 5 * MIB });
    site.answer = source.answer;
    const stopped = await startWorker();
    const id = await importFile();
    await received(id, 5 * MIB);
    await stopped.kill('SIGTERM');
    expect(stopped.process.exitCode).toBe(0);
    await source.closed();
    expect(await files()).toEqual([]);
    expect(await client.get(id)).toMatchObject({ status: 'pending' });

    await startWorker();
    // Sooner than a lock runs out.
    await eventually(() => expect(source.responses).toHaveLength(2), 20_000);
    await source.finish(2);
    await client.until(id, 'ready', 30_000);
    await expectWhole(id);
    expect(stopped.logs()).not.toContain('job failed');
  }, 200_000);

  it('when the media is purged through another process, the worker lets go and nothing is left', async () => {
    const source = new HeldSource(bytes, { sent: 5 * MIB });
    site.answer = source.answer;
    await startWorker();
    const id = await importFile();
    await received(id, 5 * MIB);
    const response = await client.request(`/v1/media/${id}?permanent=true`, { method: 'DELETE' });
    expect(response.status).toBe(204);
    await source.closed();
    await eventually(async () => {
      expect(await files()).toEqual([]);
      expect((await rows.query('select from upload')).rowCount).toBe(0);
      expect((await rows.query('select from quota_reservation')).rowCount).toBe(0);
    });
    const account = await (await client.request('/v1/quotas/users/developer')).json();
    expect(account).toMatchObject({ usedBytes: 0, reservedBytes: 0, mediaCount: 0 });
  }, 120_000);
});
