import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { imageFixture } from '../fixtures/image-fixtures.js';
import { eventually } from '../support/eventually.js';
import { MediaClient, type MediaSeen } from '../support/media-client.js';
import { type ServerProcess, startServer } from '../support/server-process.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const PHOTOS = 10;
/** A job whose worker was killed is noticed once its lock (15 s) has run out, every 5 s. */
const STALLED_MS = 60_000;
/** Sweepers run every minute. */
const SWEEP_MS = 75_000;

describe('a worker that ends in the middle of its jobs', () => {
  let database: TestDatabase;
  let rows: pg.Client;
  let dataDir: string;
  let api: ServerProcess;
  let client: MediaClient;
  let photo: Buffer;
  const workers: ServerProcess[] = [];

  const start = (role: string) =>
    startServer({
      dataDir,
      env: {
        ROLE: role,
        DATABASE_URL: database.url,
        JWT_SECRET: 'a secret for tests that is long enough',
        WORKER_CONCURRENCY: '2',
      },
    });

  async function startWorker(): Promise<ServerProcess> {
    const worker = await start('worker');
    workers.push(worker);
    return worker;
  }

  beforeAll(async () => {
    photo = await readFile(await imageFixture('photo-12mp.jpg'));
  });
  beforeEach(async () => {
    database = await createTestDatabase();
    dataDir = await mkdtemp(join(tmpdir(), 'media-workers-'));
    api = await start('api');
    client = new MediaClient({ url: api.url, bearer: `Bearer ${api.token}` });
    rows = new pg.Client({ connectionString: database.url });
    await rows.connect();
  });
  afterEach(async () => {
    for (const worker of workers.splice(0)) await worker.stop();
    await api.stop();
    await rows.end();
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  async function uploadPhotos(): Promise<MediaSeen[]> {
    const media: MediaSeen[] = [];
    for (let number = 0; number < PHOTOS; number += 1) {
      // Other bytes each time: equal ones would be shared.
      const bytes = Buffer.concat([photo, Buffer.from([number])]);
      media.push(await client.upload(bytes, { name: `${number}.jpg`, type: 'image/jpeg' }));
    }
    return media;
  }

  async function ledger(): Promise<string[]> {
    const result = await rows.query<{ prefix: string }>('select prefix from pending_deletion');
    return result.rows.map(({ prefix }) => prefix);
  }

  /** Variants are being made: their prefixes are in the ledger. */
  const inTheMiddle = () =>
    eventually(async () => expect((await ledger()).length).toBeGreaterThan(0), 30_000);

  async function filesBelow(directory: string): Promise<string[]> {
    const root = join(dataDir, directory);
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)))
      .toSorted();
  }

  /** The keys that the database knows of. */
  async function knownFiles(): Promise<string[]> {
    const result = await rows.query<{ key: string }>(
      `select storage_key as key from variant
       union select storage_key from blob`,
    );
    return result.rows.map(({ key }) => key).toSorted();
  }

  it('by SIGKILL: another one finishes everything, and no bytes are left of the first', async () => {
    const killed = await startWorker();
    const media = await uploadPhotos();
    await inTheMiddle();
    await killed.kill('SIGKILL');
    const abandoned = await ledger();
    expect(abandoned.length).toBeGreaterThan(0);
    expect((await readdir(join(dataDir, 'scratch'))).length).toBeGreaterThan(0);

    await startWorker();
    for (const { id } of media) await client.until(id, 'ready', STALLED_MS + 30_000);
    expect(await filesBelow('scratch')).toEqual([]);

    // Half an hour later.
    await rows.query(`update pending_deletion set due_at = now()`);
    await eventually(async () => expect(await ledger()).toEqual([]), SWEEP_MS);
    expect(await filesBelow('objects')).toEqual(await knownFiles());
    for (const prefix of abandoned) {
      expect((await filesBelow('objects')).filter((file) => file.startsWith(prefix))).toEqual([]);
    }
  }, 300_000);

  it('by SIGTERM: it hands its jobs over and ends well, and another one goes on at once', async () => {
    const stopped = await startWorker();
    const media = await uploadPhotos();
    await inTheMiddle();
    const before = performance.now();
    await stopped.kill('SIGTERM');
    expect(stopped.process.exitCode).toBe(0);
    expect(performance.now() - before).toBeLessThan(10_000);
    expect(await ledger()).toEqual([]);
    expect(await filesBelow('scratch')).toEqual([]);

    const states = await Promise.all(media.map(({ id }) => client.get(id)));
    expect(states.filter(({ status }) => status === 'failed')).toEqual([]);
    expect(states.filter(({ status }) => status !== 'ready').length).toBeGreaterThan(0);

    await startWorker();
    for (const { id } of media) await client.until(id, 'ready', 60_000);
    expect((await rows.query('select from bullmq.job where stalled_count > 0')).rows).toEqual([]);
    expect(await filesBelow('objects')).toEqual(await knownFiles());
    expect(stopped.logs()).not.toContain('job failed');
  }, 120_000);
});
