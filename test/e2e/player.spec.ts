import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { type VideoFixture, videoFixture } from '../fixtures/video-fixtures.js';
import { hasChromium, launchChromium } from '../support/chromium.js';
import { decodeFrame } from '../support/decode.js';
import { eventually } from '../support/eventually.js';
import { type HeldEncoder, holdableEncoder } from '../support/held-encoder.js';
import { HlsClient } from '../support/hls-client.js';
import { MediaClient } from '../support/media-client.js';
import { colourDistance, fieldMeans, readPixels } from '../support/pixels.js';
import { testToolPaths } from '../support/media-tools.js';
import { type ServerProcess, startServer } from '../support/server-process.js';

const screenshots = join(import.meta.dirname, '../../coverage/screenshots');
const vtt = 'WEBVTT\n\n00:00.000 --> 00:06.000\nA line of <i>text</i>\nand another one\n';

(hasChromium ? describe : describe.skip)('the player page in Chromium (needs CHROMIUM_PATH)', () => {
  let server: ServerProcess;
  let client: MediaClient;
  let browser: Browser;
  let film: string;
  let directory: string;
  let encoder: HeldEncoder;

  beforeAll(async () => {
    await mkdir(screenshots, { recursive: true });
    directory = await mkdtemp(join(tmpdir(), 'player-'));
    encoder = await holdableEncoder(directory);
    server = await startServer({
      env: {
        VIDEO_PRESET: 'ultrafast',
        VIDEO_LADDER: '240p:400k,480p:1200k',
        VIDEO_CHUNK_SECONDS: '8',
        FFMPEG_PATH: encoder.path,
        FFPROBE_PATH: testToolPaths.ffprobePath,
      },
    });
    client = new MediaClient({ url: server.url, bearer: `Bearer ${server.token}` });
    browser = await launchChromium();
    film = await upload('film.mp4');
    await ready(film);
    await putCaptions(film);
  });
  afterAll(async () => {
    await encoder?.release();
    await browser?.close();
    await server?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  async function upload(name: VideoFixture): Promise<string> {
    const { path, contentType } = await videoFixture(name);
    return (await client.upload(await readFile(path), { name: 'Ferien am See.mp4', type: contentType })).id;
  }

  const ready = (id: string) => client.until(id, 'ready', 60_000);

  async function putCaptions(id: string): Promise<void> {
    const response = await client.request(`/v1/media/${id}/captions/en?label=English`, {
      method: 'PUT',
      headers: { 'content-type': 'text/vtt' },
      body: vtt,
    });
    expect(response.status).toBe(201);
  }

  async function sign(id: string): Promise<string> {
    const response = await client.request(`/v1/media/${id}/signed-urls`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ target: 'watch', expiresIn: 600 }),
    });
    return ((await response.json()) as { url: string }).url;
  }

  interface Watched {
    tab: Page;
    /** What the browser complained of. */
    complaints: string[];
  }

  async function watch(url: string): Promise<Watched> {
    const tab = await browser.newPage({ viewport: { width: 960, height: 540 } });
    const complaints: string[] = [];
    tab.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    tab.on('pageerror', (error) => complaints.push(String(error)));
    await tab.goto(url);
    return { tab, complaints };
  }

  /** Asked from outside: the page's own policy forbids evaluation within it. */
  const until = (tab: Page, holds: string) =>
    eventually(async () => {
      if (!(await tab.evaluate(holds))) throw new Error(`it does not hold that ${holds}`);
    }, 30_000);
  const inReady = (tab: Page) => tab.waitForSelector('.player[data-state="ready"]', { timeout: 60_000 });
  const read = <T>(tab: Page, what: string): Promise<T> => tab.evaluate(what);
  const shoot = (tab: Page, name: string) => tab.screenshot({ path: join(screenshots, `${name}.png`) });
  const video = 'document.querySelector("video")';

  it('plays to the end, without a stall or a complaint', async () => {
    const { tab, complaints } = await watch(await sign(film));
    await inReady(tab);
    expect(await tab.title()).toBe('Ferien am See');
    await shoot(tab, 'player-poster');
    await read(
      tab,
      `window.stalls = 0, ${video}.muted = true, void ${video}.addEventListener('playing', () => {
        ${video}.addEventListener('waiting', () => { window.stalls += 1 });
      }, { once: true })`,
    );
    await tab.click('.big-play');
    await until(tab, `${video}.currentTime > 1.2`);
    await tab.mouse.move(480, 300);
    await shoot(tab, 'player-playing');
    await until(tab, `${video}.ended`);
    expect(await read(tab, `[${video}.buffered.length, window.stalls]`)).toEqual([1, 0]);
    expect(await read<number>(tab, `${video}.currentTime`)).toBeGreaterThan(5.5);
    expect(await read<string>(tab, 'document.querySelector(".total").textContent')).toBe('0:06');
    expect(complaints).toEqual([]);
    await tab.close();
  });

  it('obeys the keyboard', async () => {
    const { tab } = await watch(await sign(film));
    await inReady(tab);
    await read(tab, `void (${video}.muted = true)`);
    await tab.keyboard.press('k');
    await until(tab, `!${video}.paused && ${video}.currentTime > 0.1`);
    await tab.keyboard.press('Space');
    await until(tab, `${video}.paused`);
    await tab.keyboard.press('5');
    await until(tab, `Math.abs(${video}.currentTime - 3) < 0.2`);
    await tab.keyboard.press('ArrowLeft');
    await until(tab, `${video}.currentTime < 0.2`);
    await tab.keyboard.press('l');
    await until(tab, `${video}.currentTime > 5.5`);
    await tab.keyboard.press('j');
    await until(tab, `${video}.currentTime < 0.2`);
    await tab.keyboard.press('m');
    expect(await read(tab, `${video}.muted`)).toBe(false);
    await tab.keyboard.press('ArrowDown');
    expect(await read(tab, `${video}.volume`)).toBe(0.95);
    await tab.keyboard.press('>');
    expect(await read(tab, `${video}.playbackRate`)).toBe(1.25);
    await tab.keyboard.press('<');
    expect(await read(tab, `${video}.playbackRate`)).toBe(1);
    await tab.keyboard.press('f');
    await until(tab, 'document.fullscreenElement?.classList.contains("player")');
    await tab.keyboard.press('f');
    await until(tab, 'document.fullscreenElement === null');
    await tab.close();
  });

  it('shows captions when they are asked for', async () => {
    const { tab } = await watch(await sign(film));
    await inReady(tab);
    await until(tab, '!document.querySelector("[data-menu=captions]").hidden');
    expect(await read(tab, `[...${video}.textTracks].filter(({ mode }) => mode === 'showing').length`)).toBe(
      0,
    );
    await tab.keyboard.press('c');
    await until(
      tab,
      `[...${video}.textTracks].some(({ mode, cues }) => mode === 'showing' && cues?.length === 1)`,
    );
    await read(tab, `void (${video}.muted = true)`);
    await tab.keyboard.press('k');
    await until(tab, `${video}.currentTime > 0.7`);
    await tab.keyboard.press('k');
    await tab.click('[data-menu=captions] .menu-button');
    await shoot(tab, 'player-captions');
    expect(await tab.locator('[data-menu=captions] [role=menuitemradio]').allTextContents()).toEqual([
      'Off',
      'English',
    ]);
    expect(await read(tab, 'document.activeElement.textContent')).toBe('English');
    // The list is made anew when something changes, and stays where it was.
    await read(tab, `void ${video}.textTracks.dispatchEvent(new Event('change'))`);
    expect(await read(tab, 'document.activeElement.textContent')).toBe('English');
    await tab.keyboard.press('ArrowUp');
    await tab.keyboard.press('Enter');
    await until(tab, `![...${video}.textTracks].some(({ mode }) => mode === 'showing')`);
    await tab.close();
  });

  it.each([240, 480])(
    'switches the quality to %i lines on request, and says what it shows',
    async (height) => {
      const { tab } = await watch(await sign(film));
      await inReady(tab);
      await read(tab, `void (${video}.muted = true)`);
      await tab.click('[data-menu=quality] .menu-button');
      const names = await tab.locator('[data-menu=quality] [role=menuitemradio]').allTextContents();
      expect(names).toEqual(['480p', '240p', expect.stringMatching(/^Auto/)]);
      if (height === 240) await shoot(tab, 'player-quality');
      await tab.click(`[data-menu=quality] button:text-is("${height}p")`);
      await tab.keyboard.press('k');
      await until(tab, `${video}.videoHeight === ${height} && ${video}.currentTime > 0`);
      expect(await tab.locator('[data-menu=quality] .menu-value').textContent()).toBe(`${height}p`);
      await tab.close();
    },
  );

  it('can be used by those who do not see it', async () => {
    const { tab } = await watch(await sign(film));
    await inReady(tab);
    const names = await tab
      .locator('.controls button:visible, .controls input')
      .evaluateAll((elements) => elements.map((element) => element.getAttribute('aria-label')));
    expect(names).not.toContain(null);
    expect(names).toEqual(expect.arrayContaining(['Play', 'Seek', 'Mute', 'Volume', 'Speed', 'Full screen']));
    expect(await tab.locator('.seek').getAttribute('aria-valuetext')).toBe('0 seconds of 6 seconds');
    await tab.keyboard.press('Tab');
    await tab.keyboard.press('Tab');
    expect(await read(tab, 'document.activeElement.matches(":focus-visible")')).toBe(true);
    await shoot(tab, 'player-focus');
    await tab.setViewportSize({ width: 320, height: 240 });
    const last = await tab.locator('.fullscreen').boundingBox();
    expect((last?.x ?? Infinity) + (last?.width ?? 0)).toBeLessThanOrEqual(320);
    await tab.close();
  });

  it('says what is wrong with a link, and shows nothing without one', async () => {
    const url = await sign(film);
    for (const [address, title] of [
      [url.replace(/#.{8}/, '#AAAAAAAA'), 'The link is not valid'],
      [url.replace(/#.*/, ''), 'There is no such video'],
    ] as const) {
      const { tab } = await watch(address);
      await tab.waitForSelector('.problem:not([hidden])');
      expect(await tab.locator('.problem-title').textContent()).toBe(title);
      if (title.startsWith('The link')) await shoot(tab, 'player-problem');
      await tab.close();
    }
  });

  it('lets nothing in that is not its own', async () => {
    const response = await fetch(await sign(film));
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self';");
    expect(policy).toContain("frame-ancestors 'self'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect(await response.text()).not.toMatch(/<script(?![^>]*\bsrc=)|\son\w+=|style="/);
    for (const name of ['hls.mjs', 'hls.worker.js', 'main.js', 'watch.css']) {
      const asset = await fetch(`${server.url}/watch/assets/${name}`);
      expect([name, asset.status, asset.headers.get('content-encoding')]).toEqual([name, 200, 'gzip']);
      const etag = asset.headers.get('etag') ?? '';
      const again = await fetch(`${server.url}/watch/assets/${name}`, { headers: { 'if-none-match': etag } });
      expect(again.status).toBe(304);
    }
    for (const path of ['assets/..%2f..%2fpackage.json', 'assets/watch.html', 'no-id']) {
      expect((await fetch(`${server.url}/watch/${path}`)).status).toBe(404);
    }
  });

  describe('with a video of several chunks', () => {
    let long: string;
    let tab: Page;
    beforeAll(async () => {
      await encoder.hold();
      long = await upload('metronome.mp4');
      // At once: before it is scanned.
      ({ tab } = await watch(await sign(long)));
    });
    afterAll(() => tab?.close());

    const playback = async () =>
      (await (await client.request(`/v1/media/${long}/playback`)).json()) as { storyboard: string | null };

    it('plays while it is still being made, waits for the rest, and comes to the end of it', async () => {
      await inReady(tab);
      await read(
        tab,
        `window.ends = 0, ${video}.muted = true, void ${video}.addEventListener('ended', () => { window.ends += 1 })`,
      );
      await tab.click('.big-play');
      // The first chunk has four seconds, and no other will be made until the encoder is let go.
      await until(
        tab,
        `${video}.currentTime > 3 && document.querySelector(".player").dataset.waiting === "true"`,
      );
      const growing = await new HlsClient(client, long).playlist('240p');
      expect([growing.ended, growing.segments.length]).toEqual([false, 1]);
      expect(await client.get(long)).toMatchObject({ status: 'processing', playable: true });
      expect(await read<string>(tab, 'document.querySelector(".total").textContent')).toBe('0:24');
      await tab.mouse.move(480, 300);
      await until(tab, 'getComputedStyle(document.querySelector(".controls")).opacity === "1"');
      await shoot(tab, 'player-growing');
      await putCaptions(long);
      await encoder.release();
      await read(tab, `void (${video}.playbackRate = 4)`);
      await until(tab, `${video}.ended`);
      expect(await read(tab, `[window.ends, ${video}.buffered.length, ${video}.error]`)).toEqual([
        1,
        1,
        null,
      ]);
      expect(await read<number>(tab, `${video}.duration`)).toBeCloseTo(24.5, 1);
      expect(await read<number>(tab, `${video}.currentTime`)).toBeCloseTo(24.5, 1);
    }, 120_000);

    it('has what was made of it since, without being loaded again', async () => {
      await until(tab, 'document.querySelector(".progress").hidden');
      await until(tab, '!document.querySelector("[data-menu=captions]").hidden');
      await tab.keyboard.press('0');
      await tab.keyboard.press('c');
      await until(
        tab,
        `[...${video}.textTracks].some(({ mode, cues }) => mode === 'showing' && cues?.length === 1)`,
      );
      await eventually(async () => expect((await playback()).storyboard).not.toBeNull(), 60_000);
      await eventually(async () => {
        await hover(2.5);
        expect(await tab.locator('.preview').getAttribute('data-bare')).toBe('false');
      }, 60_000);
    }, 120_000);

    /** Puts the pointer over the bar where a moment is. */
    async function hover(seconds: number): Promise<void> {
      const bar = await tab.locator('.track').boundingBox();
      if (!bar) throw new Error('there is no bar');
      await tab.mouse.move(bar.x + (bar.width * seconds) / 24.5, bar.y + 2);
    }

    it.each([0.3, 2.5, 5.5, 12.7, 23.5])(
      'shows under the pointer what is at %d s, and goes there',
      async (seconds) => {
        const picture = await readPixels(
          await decodeFrame((await videoFixture('metronome.mp4')).path, seconds),
        );
        const expected = fieldMeans(picture, 1, 1);
        const place = tab.locator('.preview-picture');
        await eventually(async () => {
          await hover(seconds);
          const shown = await readPixels(await place.screenshot());
          // Its upper half: the time is written into the lower one.
          const [red = 0, green = 0, blue = 0] = fieldMeans(shown, 1, 2);
          expect(colourDistance([red, green, blue], expected)).toBeLessThan(12);
        });
        expect(await tab.locator('.preview-time').textContent()).toBe(
          `0:${String(Math.floor(seconds)).padStart(2, '0')}`,
        );
        await shoot(tab, `player-preview-${seconds}`);
        await tab.mouse.down();
        await tab.mouse.up();
        await until(tab, `Math.abs(${video}.currentTime - ${seconds}) < 0.05`);
      },
    );
  });
});
