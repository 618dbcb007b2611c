import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PendingDeletions } from '../../src/storage/index.js';
import { takeCensus } from '../support/store-census.ts';
import { toolsAtWork } from '../support/tools-at-work.ts';
import { videoFixture } from '../fixtures/video-fixtures.js';
import { Api, bytesOf, jsonOf, type MediaJson, onDatabase } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { testToolPaths } from '../support/media-tools.js';
import { type ServerProcess, startServer } from '../support/server-process.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const hasProc = existsSync('/proc/self/cwd');
const tools = {
  FFMPEG_PATH: testToolPaths.ffmpegPath,
  FFPROBE_PATH: testToolPaths.ffprobePath,
};
/** A job whose worker was killed runs again once its lock (15 s) has run out, looked for every 5 s. */
const STALLED_MS = 40_000;

(hasProc ? describe : describe.skip)('a worker that is killed while it makes edits (needs /proc)', () => {
  let service: TestApp;
  let api: Api;
  const workers: ServerProcess[] = [];
  beforeAll(async () => {
    service = await startTestApp({ env: { ROLE: 'api', ...tools } });
    api = await Api.as(service);
  });
  afterAll(async () => {
    for (const worker of workers) await worker.stop();
    await service?.close();
  });

  async function startWorker(preset: string): Promise<ServerProcess> {
    const worker = await startServer({
      dataDir: service.dataDir,
      env: {
        ROLE: 'worker',
        DATABASE_URL: service.databaseUrl,
        JWT_SECRET: 'a secret for tests that is long enough',
        EDIT_CONCURRENCY: '2',
        VIDEO_LADDER: '120p:200k',
        VIDEO_PRESET: preset,
        ...tools,
      },
    });
    workers.push(worker);
    return worker;
  }

  it('leaves them to another, and nothing behind', async () => {
    // Slow enough to be caught in the act.
    const killed = await startWorker('veryslow');
    const { path, contentType } = await videoFixture('joints.mp4');
    const bytes = await readFile(path);
    const { id: source } = await api.upload(bytes, { name: 'joints.mp4', type: contentType });
    const film = await api.until(source, 'ready', 120_000);
    const clip = { operations: [{ type: 'clip', start: 2, end: 22 }] };
    const asked = [
      await api.send('POST', `/v1/media/${film.id}/edits`, { body: clip }),
      await api.send('POST', '/v1/media/concat', { body: { mediaIds: [film.id, film.id] } }),
    ];
    const edits = await Promise.all(asked.map((answer) => jsonOf<MediaJson>(answer, 202)));
    const scratch = join(service.dataDir, 'scratch');
    await eventually(async () => expect(await encoders(scratch)).toHaveLength(2), 60_000);
    await killed.kill('SIGKILL');
    await eventually(async () => expect(await toolsAtWork(scratch)).toEqual([]), 5000);
    expect((await readdir(scratch)).length).toBeGreaterThan(0);

    await startWorker('ultrafast');
    const made = await Promise.all(edits.map(({ id }) => api.until(id, 'ready', STALLED_MS + 120_000)));
    expect(made).toMatchObject([{ duration: around(20) }, { duration: around(50) }]);
    for (const { id, size } of made) {
      expect(await bytesOf(await api.get(`/v1/media/${id}/download`))).toHaveLength(size);
    }
    await eventually(async () => {
      const pictures = `select from variant where kind in ('storyboard', 'preview')`;
      expect(await onDatabase(service, pictures)).toHaveLength(6);
      expect(await readdir(scratch)).toEqual([]);
    }, 60_000);

    // What the killed one held is swept when its time is over: now.
    await onDatabase(service, 'update pending_deletion set due_at = now()');
    await service.app.get(PendingDeletions).sweep(100);
    expect(await onDatabase(service, 'select prefix from pending_deletion')).toEqual([]);
    const { orphans, missing } = await takeCensus(service.databaseUrl, join(service.dataDir, 'objects'));
    expect({ orphans, missing }).toEqual({ orphans: [], missing: [] });
    const sizes = [film, ...made].map(({ size }) => size);
    expect(await api.json('/v1/quotas/users/alice')).toMatchObject({
      usedBytes: sizes.reduce((sum, size) => sum + size, 0),
      reservedBytes: 0,
      mediaCount: 3,
    });
  }, 400_000);
});

/** The media tools at work that write an edit. */
async function encoders(scratch: string): Promise<number[]> {
  const found = await toolsAtWork(scratch);
  const lines = await Promise.all(
    found.map(({ pid }) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return found.flatMap(({ pid }, at) => (lines[at]?.includes('libx264') ? [pid] : []));
}

const around = (seconds: number): number => expect.closeTo(seconds, 0) as unknown as number;
