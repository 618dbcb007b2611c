import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { videoFixture } from '../fixtures/video-fixtures.js';
import { eventually } from '../support/eventually.js';
import { MediaClient } from '../support/media-client.js';
import { type ServerProcess, startServer } from '../support/server-process.js';
import { toolsAtWork } from '../support/tools-at-work.ts';

const hasProc = existsSync('/proc/self/cwd');

const toolsOf = ({ dataDir }: ServerProcess) => toolsAtWork(join(dataDir, 'scratch'));

(hasProc ? describe : describe.skip)('the processes of a transcode (needs /proc)', () => {
  let server: ServerProcess;
  let client: MediaClient;

  beforeEach(async () => {
    // Slow enough to be caught in the act.
    server = await startServer({ env: { VIDEO_PRESET: 'veryslow', RATE_LIMIT_PER_MINUTE: '0' } });
    client = new MediaClient({ url: server.url, bearer: `Bearer ${server.token}` });
  }, 120_000);
  afterEach(() => server.stop());

  async function startTranscode(): Promise<string> {
    const film = await readFile((await videoFixture('film.mp4')).path);
    const { id } = await client.upload(film, { name: 'film.mp4', type: 'video/mp4' });
    await eventually(async () => expect(await toolsOf(server)).not.toEqual([]), 30_000);
    return id;
  }

  it('end within five seconds when the video is deleted', async () => {
    const id = await startTranscode();
    expect((await client.request(`/v1/media/${id}`, { method: 'DELETE' })).status).toBe(204);
    await eventually(async () => expect(await toolsOf(server)).toEqual([]), 5000);
  });

  it('end with the service when it is killed', async () => {
    await startTranscode();
    await server.kill('SIGKILL');
    await eventually(async () => expect(await toolsOf(server)).toEqual([]), 5000);
  });
});
