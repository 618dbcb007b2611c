import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { videoFixture } from '../fixtures/video-fixtures.js';
import { hasChromium, launchChromium } from '../support/chromium.js';
import { eventually } from '../support/eventually.js';
import { MediaClient } from '../support/media-client.js';
import { type ServerProcess, startServer } from '../support/server-process.js';

const screenshots = join(import.meta.dirname, '../../coverage/screenshots');
const vtt = 'WEBVTT\n\n00:00.000 --> 00:06.000\nA line of <i>text</i>\nand another one\n';

(hasChromium ? describe : describe.skip)('the player page in Chromium (needs CHROMIUM_PATH)', () => {
  let server: ServerProcess;
  let client: MediaClient;
  let browser: Browser;
  let film: string;

  beforeAll(async () => {
    await mkdir(screenshots, { recursive: true });
    server = await startServer({
      env: { VIDEO_PRESET: 'ultrafast', VIDEO_LADDER: '240p:400k,480p:1200k' },
    });
    client = new MediaClient({ url: server.url, bearer: `Bearer ${server.token}` });
    browser = await launchChromium();
    film = await upload();
    await ready(film);
    const put = await client.request(`/v1/media/${film}/captions/en?label=English`, {
      method: 'PUT',
      headers: { 'content-type': 'text/vtt' },
      body: vtt,
    });
    expect(put.status).toBe(201);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  async function upload(): Promise<string> {
    const form = new FormData();
    const bytes = await readFile((await videoFixture('film.mp4')).path);
    form.set('file', new Blob([bytes], { type: 'video/mp4' }), 'Ferien am See.mp4');
    const response = await client.request('/v1/media', { method: 'POST', body: form });
    return ((await response.json()) as { id: string }).id;
  }

  const ready = (id: string) =>
    eventually(async () => {
      const { status } = (await (await client.request(`/v1/media/${id}`)).json()) as { status: string };
      if (status !== 'ready') throw new Error(`${id} is ${status}`);
    }, 60_000);

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
      `window.stalls = 0, ${video}.muted = true, void ${video}.addEventListener('waiting', () => { window.stalls += 1 })`,
    );
    await tab.click('.big-play');
    await until(tab, `${video}.currentTime > 1.2`);
    await tab.mouse.move(480, 300);
    await shoot(tab, 'player-playing');
    await until(tab, `${video}.ended`);
    expect(await read(tab, `[${video}.buffered.length, window.stalls <= 1]`)).toEqual([1, true]);
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

  it('plays while the video is still being made', async () => {
    const id = await upload();
    // At once: before it is scanned.
    const { tab } = await watch(await sign(id));
    await inReady(tab);
    await ready(id);
    await until(tab, 'document.querySelector(".progress").hidden');
    await tab.close();
  });
});
