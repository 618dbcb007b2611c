import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { videoFixture, type VideoFixture } from '../fixtures/video-fixtures.js';
import { hasChromium, launchChromium } from '../support/chromium.js';
import { joinRendition } from '../support/decode.js';
import { HlsClient } from '../support/hls-client.js';
import { beepTimes, flashTimes } from '../support/lip-sync.js';
import { MediaClient } from '../support/media-client.js';
import { type PageServer, servePage } from '../support/page-server.js';
import { playbackHtml, playbackScript, readPlayback, untilPlayback } from '../support/playback-page.js';
import { type ServerProcess, startServer } from '../support/server-process.js';

const screenshots = join(import.meta.dirname, '../../coverage/screenshots');
const rungs = [120, 180, 240];
const frames = 735;
const seconds = Array.from({ length: 24 }, (_, at) => at + 1);
/** Where chunks meet: the first has 4 s, the others 8. */
const joins = [4, 12, 20];
/** ITU-R BT.1359: sound that is 45 ms early or 125 ms late is noticed. */
const inStepSeconds = 0.04;
const inStep = (seen: number, expected = Infinity) => Math.abs(seen - expected) < inStepSeconds;

(hasChromium ? describe : describe.skip)('playback by hls.js in Chromium (needs CHROMIUM_PATH)', () => {
  let pages: PageServer;
  let server: ServerProcess;
  let client: MediaClient;
  let browser: Browser;
  let film: string;
  let tab: Page;

  beforeAll(async () => {
    await mkdir(screenshots, { recursive: true });
    pages = await servePage(playbackHtml, playbackScript);
    server = await startServer({
      env: {
        CORS_ORIGINS: pages.origin,
        VIDEO_PRESET: 'ultrafast',
        VIDEO_LADDER: '120p:150k,180p:250k,240p:400k',
        VIDEO_CHUNK_SECONDS: '8',
      },
    });
    client = new MediaClient({ url: server.url, bearer: `Bearer ${server.token}` });
    browser = await launchChromium();
    film = await upload('metronome.mp4');
    await client.until(film, 'ready', 60_000);
    tab = await browser.newPage({ viewport: { width: 320, height: 180 } });
    await tab.goto(`${pages.origin}/?src=${encodeURIComponent(await signedMaster(film))}`);
    await untilPlayback(tab, ({ levels }) => levels.length === rungs.length);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await pages?.stop();
  });

  async function upload(name: VideoFixture): Promise<string> {
    const { path, contentType } = await videoFixture(name);
    return (await client.upload(await readFile(path), { name, type: contentType })).id;
  }

  async function signedMaster(id: string): Promise<string> {
    const response = await client.request(`/v1/media/${id}/signed-urls`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ target: 'hls/master.m3u8', expiresIn: 600 }),
    });
    return ((await response.json()) as { url: string }).url;
  }

  it('goes through all joins to the end: one range, no stall, every frame, sound and picture in step', async () => {
    await tab.click('video');
    // To ask again and again would cost frames.
    await tab.evaluate('Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 60_000))])');
    const { buffered, flashes, beeps, ...end } = await readPlayback(tab);
    expect(end).toMatchObject({ ended: true, stalls: 0, waits: 0, errors: [], frames });
    expect(end.dropped - end.missed).toBeLessThanOrEqual(frames / 100);
    expect(buffered).toEqual([[0, expect.closeTo(24.5, 1)]]);
    expect(end.duration).toBeCloseTo(24.5, 1);
    // One that was dropped was not seen.
    expect(flashes.length).toBeGreaterThan(seconds.length / 2);
    for (const flash of flashes) expect(flash).toBeCloseTo(Math.round(flash), 3);
    expect(beeps).toHaveLength(seconds.length);
    for (const [at, beep] of beeps.entries()) expect(inStep(beep, seconds[at])).toBe(true);
  }, 120_000);

  it.each(joins.map((join, level) => [join, rungs[level], level] as const))(
    'seeks to before the join at %i s, now in %i lines, and plays on over it in step',
    async (join, height, level) => {
      await tab.evaluate(`void (hls.currentLevel = ${level})`);
      await tab.evaluate(`seek(${join - 0.7})`);
      const state = await untilPlayback(tab, ({ time }) => time > join + 0.4 && time < join + 4);
      await tab.evaluate('void video.pause()');
      expect(state).toMatchObject({ height, stalls: 0, waits: 0 });
      expect(state.switched.at(-1)).toBe(height);
      expect(state.buffered).toHaveLength(1);
      expect(state.beeps.filter((beep) => inStep(beep, join))).toHaveLength(1);
      expect(state.flashes.every((flash) => inStep(flash, Math.round(flash)))).toBe(true);
    },
  );

  it('changes to each quality while it plays, without a stall', async () => {
    for (const [level, height] of rungs.entries()) {
      // In the middle of the first, second and third segment.
      await tab.evaluate(`seek(${level * 4 + 2})`);
      await tab.evaluate(`void (hls.nextLevel = ${level})`);
      await untilPlayback(tab, (state) => state.height === height && state.switched.at(-1) === height);
    }
    expect(await readPlayback(tab)).toMatchObject({ stalls: 0, waits: 0, buffered: [expect.anything()] });
    await tab.screenshot({ path: join(screenshots, 'playback.png') });
  });

  it('has its beeps with its flashes in the files themselves, in every quality', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'playback-'));
    try {
      const out = join(directory, 'hls');
      await new HlsClient(client, film).download(out);
      const beeps = await beepTimes(await joinRendition(out, 'audio'));
      for (const rung of rungs) {
        const flashes = await flashTimes(await joinRendition(out, `${rung}p`));
        expect(flashes).toEqual(seconds.map((second) => expect.closeTo(second, 4)));
        for (const [at, flash] of flashes.entries()) expect(inStep(flash, beeps[at])).toBe(true);
      }
      expect(beeps).toHaveLength(seconds.length);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('is refused where the signature is for another media', async () => {
    const other = await upload('silent.mp4');
    const response = await fetch((await signedMaster(film)).replace(film, other));
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: 'SIGNATURE_INVALID' });
  });
});
