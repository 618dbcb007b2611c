import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { chromiumPath, hasChromium, launchChromium } from '../support/chromium.js';
import { type CorsProxy, startCorsProxy } from '../support/cors-proxy.js';
import { eventually } from '../support/eventually.js';
import { type PageServer, serveExample } from '../support/page-server.js';
import { type ServiceCluster, startCluster } from '../support/service-cluster.js';
import { documentOf } from '../support/tus.js';

const MEBIBYTE = 1024 ** 2;
/** As the example cuts files. */
const PART_BYTES = 8 * MEBIBYTE;
const SLOW_BYTES_PER_SECOND = 6 * MEBIBYTE;

interface Session {
  state: string;
  receivedBytes: number;
}

(hasChromium ? describe : describe.skip)(
  `Uppy's aws-s3 plugin (examples/uppy-aws-s3) in Chromium (needs ${chromiumPath})`,
  () => {
    let bucket: CorsProxy;
    let cluster: ServiceCluster;
    let example: PageServer;
    let browser: Browser;
    let tab: Page;
    let directory: string;
    let seed = 5000;

    beforeAll(async () => {
      cluster = await startCluster({
        // Real ones may keep, and store late, what a broken PUT brought: then its part is to be put once more.
        driver: 's3-emulated',
        env: async (s3) => {
          bucket = await startCorsProxy(s3?.config.endpoint ?? '');
          return { S3_PUBLIC_ENDPOINT: bucket.endpoint };
        },
      });
      directory = await mkdtemp(join(tmpdir(), 'media-aws-s3-'));
      [browser, example] = await Promise.all([launchChromium(), serveExample('uppy-aws-s3')]);
    }, 180_000);
    afterAll(async () => {
      await browser?.close();
      await Promise.all([example?.stop(), cluster?.stop()]);
      await bucket?.stop();
      if (directory) await rm(directory, { recursive: true, force: true });
    });
    beforeEach(async () => {
      bucket.requests.length = 0;
      bucket.plan = () => false;
      cluster.proxy.requests.length = 0;
      tab = await browser.newPage();
    });
    afterEach(() => tab.close());

    async function writeDocument(sizeBytes: number): Promise<{ bytes: Buffer; path: string }> {
      const bytes = documentOf(sizeBytes, (seed += 1));
      const path = join(directory, `file-${seed}.pdf`);
      await writeFile(path, bytes);
      return { bytes, path };
    }

    async function choose(path: string): Promise<void> {
      await tab.goto(example.origin);
      await tab.fill('[name=service]', cluster.proxy.url);
      await tab.fill('[name=token]', cluster.token);
      await tab.setInputFiles('#file', path);
    }

    async function slowDown(): Promise<void> {
      const session = await tab.context().newCDPSession(tab);
      await session.send('Network.enable');
      await session.send('Network.emulateNetworkConditions', {
        offline: false,
        latency: 0,
        downloadThroughput: -1,
        uploadThroughput: SLOW_BYTES_PER_SECOND,
      });
    }

    const finished = (): Promise<string> =>
      eventually(async () => {
        expect(await tab.textContent('#problem')).toBe('');
        const media = await tab.getAttribute('#uploaded li', 'data-media', { timeout: 500 });
        if (media === null) throw new Error('it is not there');
        return media;
      }, 40_000);

    async function expectIdentical(media: string, bytes: Buffer): Promise<void> {
      // Nobody but a job has hashed what did not pass through the service.
      await cluster.client.until(media, 'ready', 30_000);
      const download = await cluster.client.request(`/v1/media/${media}/download`);
      expect(bytes.equals(Buffer.from(await download.arrayBuffer()))).toBe(true);
    }

    const puts = (): string[] => bucket.requests.filter((name) => name.startsWith('PUT'));
    const partNumbers = (): number[] => puts().map((name) => Number(/partNumber=(\d+)/.exec(name)?.[1]));
    const sessionId = (): string =>
      cluster.proxy.requests
        .map(({ name }) => /\/v1\/uploads\/([0-9a-f-]{36})/.exec(name)?.[1])
        .find((id) => id !== undefined) ?? '';
    const look = async (id: string): Promise<Response> => cluster.client.request(`/v1/uploads/${id}`);

    it('puts a small file at once', async () => {
      const { bytes, path } = await writeDocument(MEBIBYTE);
      await choose(path);
      await expectIdentical(await finished(), bytes);
      expect(puts()).toHaveLength(1);
      expect(partNumbers()).toEqual([NaN]);
    });

    it('puts a large file in parts', async () => {
      const { bytes, path } = await writeDocument(2 * PART_BYTES + 12_345);
      await choose(path);
      await expectIdentical(await finished(), bytes);
      expect(partNumbers()).toEqual([1, 2, 3]);
      // None of it passed through the service.
      expect(cluster.proxy.requests.filter(({ name }) => name.startsWith('PUT'))).toEqual([]);
    });

    it('puts a part again when its connection breaks', async () => {
      const { bytes, path } = await writeDocument(2 * PART_BYTES + 12_345);
      let cuts = 1;
      bucket.plan = (name) => name.includes('partNumber=2') && cuts-- > 0;
      await choose(path);
      await expectIdentical(await finished(), bytes);
      expect(partNumbers()).toEqual([1, 2, 2, 3]);
    });

    it('goes on after a pause with the parts that are missing', async () => {
      const { bytes, path } = await writeDocument(2 * PART_BYTES + 12_345);
      await slowDown();
      await choose(path);
      await eventually(() => expect(partNumbers()).toContain(2));
      await tab.click('#pause');
      await tab.click('#resume');
      await expectIdentical(await finished(), bytes);
      expect(partNumbers()).toEqual([1, 2, 2, 3]);
    });

    it('goes on after a reload of the page', async () => {
      const { bytes, path } = await writeDocument(2 * PART_BYTES + 12_345);
      await slowDown();
      await choose(path);
      await eventually(() => expect(partNumbers()).toContain(2));
      const id = sessionId();
      await choose(path);
      const media = await finished();
      expect(media).toBe(id);
      await expectIdentical(media, bytes);
      // The emulator can't tell which parts it has.
    });

    it('gives bytes and quota back when it is cancelled', async () => {
      const { path } = await writeDocument(3 * PART_BYTES);
      await slowDown();
      await choose(path);
      await eventually(() => expect(partNumbers()).toContain(2));
      const id = sessionId();
      expect(((await (await look(id)).json()) as Session).state).toBe('open');
      await tab.click('#cancel');
      await eventually(async () => expect((await look(id)).status).toBe(404));
      const account = (await (await cluster.client.request('/v1/quotas/users/developer')).json()) as object;
      expect(account).toMatchObject({ reservedBytes: 0 });
    });
  },
);
