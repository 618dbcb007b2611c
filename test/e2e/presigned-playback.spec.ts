import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { videoFixture } from '../fixtures/video-fixtures.js';
import { Api } from '../support/api.js';
import { hasChromium, launchChromium } from '../support/chromium.js';
import { type CorsProxy, startCorsProxy } from '../support/cors-proxy.js';
import { eventually } from '../support/eventually.js';
import { type S3Server, s3Environment, startS3Server } from '../support/s3-server.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const video = 'document.querySelector("video")';

(hasChromium ? describe : describe.skip)('the player page in Chromium (needs CHROMIUM_PATH)', () => {
  let s3: S3Server;
  let bucket: CorsProxy;
  let service: TestApp;
  let browser: Browser;
  beforeAll(async () => {
    s3 = await startS3Server();
    bucket = await startCorsProxy(s3.config.endpoint ?? '');
    service = await startTestApp({
      env: {
        ...s3Environment(s3),
        S3_PUBLIC_ENDPOINT: bucket.endpoint,
        S3_PRESIGNED_SEGMENTS: 'true',
        VIDEO_ENCRYPTION: 'aes-128',
        VIDEO_PRESET: 'veryfast',
        VIDEO_LADDER: '120p:200k,180p:400k',
      },
    });
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await service?.close();
    await bucket?.stop();
    await s3?.stop();
  });

  it('plays an encrypted film straight from its bucket to the end, with keys from the service', async () => {
    const alice = await Api.as(service);
    const { path, contentType } = await videoFixture('film.mp4');
    const { id } = await alice.uploadReady(await readFile(path), { name: 'Film.mp4', type: contentType });
    const tab = await browser.newPage({ viewport: { width: 640, height: 360 } });
    const complaints: string[] = [];
    const requests: string[] = [];
    tab.on('request', (request) => requests.push(request.url()));
    tab.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    await tab.goto((await alice.sign(id, 'watch')).url);
    await tab.waitForSelector('.player[data-state="ready"]', { timeout: 60_000 });
    await tab.evaluate(`${video}.muted = true`);
    await tab.click('.big-play');
    await eventually(async () => {
      if (!(await tab.evaluate(`${video}.ended`))) throw new Error('it has not ended');
    }, 60_000);
    expect(await tab.evaluate(`[${video}.buffered.length, ${video}.currentTime > 5.5]`)).toEqual([1, true]);
    expect(complaints).toEqual([]);
    const segments = requests.filter((url) => /\.(?:m4s|mp4)(?:\?|$)/.test(url));
    expect(segments.length).toBeGreaterThanOrEqual(6);
    expect(new Set(segments.map((url) => new URL(url).origin))).toEqual(new Set([bucket.endpoint]));
    const keys = requests.filter((url) => url.endsWith('.key'));
    expect(new Set(keys.map((url) => new URL(url).origin))).toEqual(new Set([service.url]));
    await tab.close();
  });
});
