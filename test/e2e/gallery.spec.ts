import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { examples } from '../../src/gallery/examples.js';
import { hasChromium, launchChromium } from '../support/chromium.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface Picture {
  name: string;
  size: number[];
}

describe('the gallery of the image engine', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp();
  });
  afterAll(() => service.close());

  it('shows what is listed and nothing else', async () => {
    expect((await fetch(`${service.url}/docs/images/nothing`)).status).toBe(404);
    expect(new Set(examples.map(({ name }) => name)).size).toBe(examples.length);
  });

  it('is not there where the documentation is not', async () => {
    const bare = await startTestApp({ beside: service, env: { DOCS_ENABLED: 'false', ROLE: 'api' } });
    try {
      expect((await fetch(`${bare.url}/docs/images`)).status).toBe(404);
      expect((await fetch(`${bare.url}/docs/images/blur`)).status).toBe(404);
    } finally {
      await bare.close();
    }
  });

  (hasChromium ? describe : describe.skip)('in Chromium (needs CHROMIUM_PATH)', () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await launchChromium();
    });
    afterAll(() => browser?.close());

    it.each(['light', 'dark'] as const)(
      'has every picture in its natural size, in %s',
      async (colorScheme) => {
        const page = await browser.newPage({ viewport: { width: 1360, height: 900 }, colorScheme });
        const complaints: string[] = [];
        page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
        page.on('pageerror', (error) => complaints.push(error.message));
        await page.goto(`${service.url}/docs/images`, { waitUntil: 'networkidle' });
        await page.waitForFunction(
          `[...document.querySelectorAll('.facts')].every((facts) => facts.textContent !== '')`,
        );
        const pictures = await page.evaluate<Picture[]>(`[...document.images].map((image) => ({
          name: new URL(image.src).pathname.split('/').at(-1),
          size: [image.naturalWidth, image.naturalHeight],
        }))`);
        expect(pictures.map(({ name }) => name).toSorted()).toEqual(
          examples.map(({ name }) => name).toSorted(),
        );
        expect(pictures.filter(({ size: [width = 0, height = 0] }) => width < 100 || height < 40)).toEqual(
          [],
        );
        const sizeOf = (name: string) => pictures.find((picture) => picture.name === name)?.size;
        expect(['width', 'cover', 'pad', 'rotate', 'circle', 'dpr'].map(sizeOf)).toEqual([
          [360, 240],
          [240, 240],
          [360, 300],
          [200, 300],
          [240, 240],
          [360, 240],
        ]);
        expect(complaints).toEqual([]);
        const shots = process.env['GALLERY_SCREENSHOTS'];
        if (shots) await page.screenshot({ path: `${shots}/gallery-${colorScheme}.png`, fullPage: true });
        await page.close();
      },
      120_000,
    );

    it('fits a telephone', async () => {
      const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
      await page.goto(`${service.url}/docs/images`, { waitUntil: 'networkidle' });
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
      await page.close();
    });

    it('hands out the query', async () => {
      const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
      const page = await context.newPage();
      await page.goto(`${service.url}/docs/images`, { waitUntil: 'networkidle' });
      await page.locator('figure', { hasText: 'Pixelate' }).getByRole('button').click();
      expect(await page.evaluate<string>('navigator.clipboard.readText()')).toContain('pixelate=12');
      await context.close();
    });
  });
});
