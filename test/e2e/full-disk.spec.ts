import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { videoFixture } from '../fixtures/video-fixtures.js';
import { eventually } from '../support/eventually.js';
import { MediaClient } from '../support/media-client.js';
import { type ServerProcess, startServer } from '../support/server-process.js';
import { mountAt, resize, unmountSmall } from '../support/small-disk.js';
import { takeCensus } from '../support/store-census.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const MEBIBYTE = 1024 ** 2;
const dataDir = mkdtempSync(join(tmpdir(), 'media-full-disk-'));
const scratch = join(dataDir, 'scratch');
mkdirSync(scratch);
const mounted = mountAt(scratch, '1m');
if (!mounted) rmSync(dataDir, { recursive: true });

(mounted ? describe : describe.skip)('a disk that is full (needs to mount one)', () => {
  let database: TestDatabase;
  let server: ServerProcess;
  let client: MediaClient;
  let film: Buffer;
  beforeAll(async () => {
    database = await createTestDatabase();
    server = await startServer({
      dataDir,
      env: {
        DATABASE_URL: database.url,
        JWT_SECRET: 'a secret for tests that is long enough',
        VIDEO_PRESET: 'ultrafast',
        VIDEO_LADDER: '720p:5000k',
        SCRATCH_MIN_FREE_BYTES: String(MEBIBYTE / 2),
      },
    });
    client = new MediaClient({ url: server.url, bearer: `Bearer ${server.token}` });
    film = await readFile((await videoFixture('film.mp4')).path);
  }, 90_000);
  afterAll(async () => {
    await server?.stop();
    unmountSmall(scratch);
    await database?.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  /** Other bytes each time: equal ones would be shared. */
  const upload = (number: number) =>
    client.upload(Buffer.concat([film, Buffer.from([0, 0, 0, 9, 102, 114, 101, 101, number])]), {
      name: `${number}.mp4`,
      type: 'video/mp4',
    });
  const logged = (text: string) => eventually(() => expect(server.logs()).toContain(text), 60_000);

  it('begins no video, or ends none, until there is room again; then all are made, and nothing is left', async () => {
    const filler = join(scratch, 'filler');
    await writeFile(filler, Buffer.alloc(0.7 * MEBIBYTE));
    const putOff = await upload(1);
    await logged('job put off');
    await rm(filler);

    const full = await upload(2);
    await logged('SCRATCH_FULL');
    for (const { id } of [putOff, full]) {
      expect(await client.get(id)).toMatchObject({ status: 'processing', failure: null });
    }
    expect((await client.request('/health/ready')).status).toBe(200);

    resize(scratch, '64m');
    for (const { id } of [full, putOff]) await client.until(id, 'ready', 90_000);
    await eventually(async () => {
      expect(await readdir(scratch)).toEqual([]);
      const { orphans, missing } = await takeCensus(database.url, join(dataDir, 'objects'));
      expect({ orphans, missing }).toEqual({ orphans: [], missing: [] });
    }, 60_000);
  }, 240_000);
});
