import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';
import { videoFixture } from '../fixtures/video-fixtures.js';
import { MediaClient } from '../support/media-client.js';
import { type ServerProcess, startServer } from '../support/server-process.js';

const executablePath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
const require = createRequire(import.meta.url);

/** What the page tells of its player. */
interface Playback {
  time: number;
  paused: boolean;
  levels: number[];
  /** Heights of the levels whose segments were shown, in order. */
  switched: number[];
  ranges: number;
  stalls: number;
  dropped: number;
  frames: number;
  fatal: string | null;
}

const page = `<!doctype html><meta charset="utf-8"><title>Playback</title>
<style>body{margin:0;background:#111}video{width:640px;height:360px}</style>
<video muted></video><script src="/hls.js"></script><script>
const video = document.querySelector('video');
const state = { switched: [], stalls: 0, fatal: null, levels: [] };
const hls = new Hls({ startLevel: 0, capLevelToPlayerSize: false });
hls.on(Hls.Events.MANIFEST_PARSED, (_, { levels }) => { state.levels = levels.map((level) => level.height); });
hls.on(Hls.Events.LEVEL_SWITCHED, (_, { level }) => state.switched.push(hls.levels[level].height));
hls.on(Hls.Events.ERROR, (_, { fatal, details }) => {
  if (fatal) state.fatal = details;
  if (details === 'bufferStalledError') state.stalls += 1;
});
hls.loadSource(new URLSearchParams(location.search).get('src'));
hls.attachMedia(video);
const playback = () => {
  const { droppedVideoFrames, totalVideoFrames } = video.getVideoPlaybackQuality();
  return { ...state, time: video.currentTime, paused: video.paused, ranges: video.buffered.length,
    dropped: droppedVideoFrames, frames: totalVideoFrames };
};
</script>`;

(existsSync(executablePath) ? describe : describe.skip)(
  `playback in Chromium (needs ${executablePath})`,
  () => {
    let pages: Server;
    let server: ServerProcess;
    let client: MediaClient;
    let browser: Browser;

    beforeAll(async () => {
      const player = await readFile(require.resolve('hls.js/dist/hls.min.js'));
      pages = createServer((request, response) => {
        const isScript = request.url === '/hls.js';
        response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
        response.end(isScript ? player : page);
      });
      await new Promise<void>((resolve) => {
        pages.listen(0, '127.0.0.1', resolve);
      });
      const origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
      server = await startServer({
        env: { CORS_ORIGINS: origin, VIDEO_PRESET: 'ultrafast', VIDEO_LADDER: '240p:400k,480p:1200k' },
      });
      client = new MediaClient({ url: server.url, bearer: `Bearer ${server.token}` });
      browser = await chromium.launch({
        executablePath,
        args: [
          '--no-sandbox',
          '--disable-gpu',
          '--disable-quic',
          '--no-first-run',
          '--disable-background-networking',
        ],
      });
    });
    afterAll(async () => {
      await browser?.close();
      await server?.stop();
      pages?.close();
    });

    const origin = (): string => `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
    const call = (path: string, init: RequestInit = {}): Promise<Response> => client.request(path, init);

    async function signedMaster(id: string): Promise<string> {
      const response = await call(`/v1/media/${id}/signed-urls`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ target: 'hls/master.m3u8', expiresIn: 600 }),
      });
      return ((await response.json()) as { url: string }).url;
    }

    async function upload(): Promise<string> {
      const form = new FormData();
      form.set(
        'file',
        new Blob([await readFile((await videoFixture('film.mp4')).path)], { type: 'video/mp4' }),
        'film.mp4',
      );
      const { id } = (await (await call('/v1/media', { method: 'POST', body: form })).json()) as {
        id: string;
      };
      for (;;) {
        const media = (await (await call(`/v1/media/${id}`)).json()) as { status: string; failure: unknown };
        if (media.status === 'ready') return id;
        if (media.status === 'failed') throw new Error(JSON.stringify(media.failure));
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }

    const stateOf = (tab: Page): Promise<Playback> => tab.evaluate('playback()');

    async function until(tab: Page, holds: (state: Playback) => boolean): Promise<Playback> {
      const deadline = Date.now() + 30_000;
      for (;;) {
        const state = await stateOf(tab);
        if (holds(state)) return state;
        if (Date.now() > deadline || state.fatal)
          throw new Error(`the player stands at ${JSON.stringify(state)}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }

    it('plays a signed stream to its end and switches the quality', async () => {
      const tab = await browser.newPage({ viewport: { width: 640, height: 360 } });
      await tab.goto(`${origin()}/?src=${encodeURIComponent(await signedMaster(await upload()))}`);
      await until(tab, ({ levels }) => levels.length === 2);
      await tab.evaluate('video.play()');
      const started = await until(tab, ({ time }) => time > 0.5);
      expect(started.paused).toBe(false);
      const shown = started.switched.at(-1);
      await tab.evaluate('void (hls.nextLevel = hls.currentLevel === 0 ? 1 : 0)');
      const switched = await until(tab, (state) => state.switched.at(-1) !== shown);
      expect(new Set(switched.switched)).toEqual(new Set(switched.levels));
      const screenshots = join(import.meta.dirname, '../../coverage/screenshots');
      await mkdir(screenshots, { recursive: true });
      await tab.screenshot({ path: join(screenshots, 'playback.png') });
      await tab.waitForFunction('video.ended', undefined, { timeout: 60_000 });
      const ended = await stateOf(tab);
      expect(ended).toMatchObject({ fatal: null, ranges: 1, stalls: 0 });
      expect(ended.time).toBeGreaterThan(5);
      await tab.close();
    });

    it('plays nothing when the signature is for another media', async () => {
      const [first, second] = [await upload(), await upload()];
      const url = (await signedMaster(first)).replace(first, second);
      const response = await fetch(url);
      expect(response.status).toBe(403);
      expect(await response.json()).toMatchObject({ code: 'SIGNATURE_INVALID' });
    });
  },
);
