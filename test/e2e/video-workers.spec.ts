import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { videoFixture } from '../fixtures/video-fixtures.js';
import { joinRendition, packetTimes } from '../support/decode.js';
import { eventually } from '../support/eventually.js';
import { HlsClient } from '../support/hls-client.js';
import { lintHls } from '../support/hls-lint.js';
import { MediaClient } from '../support/media-client.js';
import { type ServerProcess, startServer } from '../support/server-process.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { type ToolAtWork, toolsAtWork } from '../support/tools-at-work.ts';

const hasProc = existsSync('/proc/self/cwd');
/** A job whose worker was killed runs again once its lock (15 s) has run out, looked for every 5 s. */
const STALLED_MS = 40_000;

(hasProc ? describe : describe.skip)('a video and two workers (needs /proc)', () => {
  let database: TestDatabase;
  let rows: pg.Client;
  let dataDir: string;
  let api: ServerProcess;
  let client: MediaClient;
  const workers: ServerProcess[] = [];

  const start = (role: string) =>
    startServer({
      dataDir,
      env: {
        ROLE: role,
        DATABASE_URL: database.url,
        JWT_SECRET: 'a secret for tests that is long enough',
        VIDEO_LADDER: '180p:400k',
        // Slow enough to be caught in the act.
        VIDEO_PRESET: 'veryslow',
        VIDEO_CHUNK_SECONDS: '4',
      },
    });

  beforeEach(async () => {
    database = await createTestDatabase();
    dataDir = await mkdtemp(join(tmpdir(), 'media-video-workers-'));
    api = await start('api');
    workers.push(await start('worker'), await start('worker'));
    client = new MediaClient({ url: api.url, bearer: `Bearer ${api.token}` });
    rows = new pg.Client({ connectionString: database.url });
    await rows.connect();
  }, 120_000);
  afterEach(async () => {
    for (const worker of workers.splice(0)) await worker.stop();
    await api.stop();
    await rows.end();
    await database.drop();
    await rm(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }, 60_000);

  async function upload(): Promise<string> {
    const film = await readFile((await videoFixture('joints.mp4')).path);
    return (await client.upload(film, { name: 'joints.mp4', type: 'video/mp4' })).id;
  }

  /** The media tools that run for workers. */
  async function toolsOf(owners: readonly ServerProcess[]): Promise<ToolAtWork[]> {
    const own = new Set(owners.map(({ process }) => process.pid));
    return (await toolsAtWork(join(dataDir, 'scratch'))).filter(({ owner }) => own.has(owner));
  }

  const working = (owner: ServerProcess | undefined) =>
    eventually(async () => expect(await toolsOf(owner ? [owner] : [])).not.toEqual([]), 60_000);

  it('is made by both, and costs but a chunk when one of them is killed', async () => {
    const id = await upload();
    const [first, second] = workers;
    await Promise.all([working(first), working(second)]);
    const before = await rows.query<{ first_segment: number; created_at: Date }>(
      `select first_segment, created_at from video_run where track = 'video'`,
    );
    await first?.kill('SIGKILL');
    await eventually(async () => expect(await toolsOf(first ? [first] : [])).toEqual([]), 5000);

    await client.until(id, 'ready', STALLED_MS + 120_000);
    const after = await rows.query<{ first_segment: number; created_at: Date }>(
      `select first_segment, created_at from video_run where track = 'video'`,
    );
    // What was there is still what was made first.
    for (const row of before.rows) expect(after.rows).toContainEqual(row);

    const out = join(dataDir, 'downloaded');
    await new HlsClient(client, id).download(out);
    expect(await lintHls(out)).toEqual([]);
    expect(await packetTimes(await joinRendition(out, '180p'))).toHaveLength(750);
    // Who starts in its place clears up after it.
    workers.push(await start('worker'));
    expect(await readdir(join(dataDir, 'scratch'))).toEqual([]);
  }, 300_000);

  it('is given up by both within five seconds when it is deleted', async () => {
    const id = await upload();
    await Promise.all(workers.map(working));
    expect((await client.request(`/v1/media/${id}?permanent=true`, { method: 'DELETE' })).status).toBe(204);
    await eventually(async () => expect(await toolsOf(workers)).toEqual([]), 5000);
    expect((await rows.query('select from video_plan')).rows).toEqual([]);
  }, 120_000);
});
