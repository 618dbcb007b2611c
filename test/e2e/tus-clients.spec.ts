import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import * as tus from 'tus-js-client';
import { chromiumPath, hasChromium, launchChromium } from '../support/chromium.js';
import { eventually } from '../support/eventually.js';
import { type PageServer, serveExample, servePage } from '../support/page-server.js';
import { type ServiceCluster, startCluster } from '../support/service-cluster.js';
import { documentOf } from '../support/tus.js';

const MEBIBYTE = 1024 ** 2;
const FILE_BYTES = 7 * MEBIBYTE + 4321;
/** Of the browser's connection, so that there is something to interrupt. */
const SLOW_BYTES_PER_SECOND = 2 * MEBIBYTE;
const READY_MS = 30_000;

/** tus-js-client without anything around it. */
const plainPage = `<!doctype html><meta charset="utf-8"><title>tus-js-client</title>
  <input id="file" type="file"><script type="module" src="main.js"></script>`;
const plainScript = `
  import * as tus from 'tus-js-client';
  const state = { uploaded: 0, media: null, error: null, resumed: false };
  window.state = state;
  window.begin = async (options) => {
    const [file] = document.getElementById('file').files;
    const upload = new tus.Upload(file, {
      ...options,
      metadata: { filename: file.name, filetype: file.type },
      onProgress: (uploaded) => { state.uploaded = uploaded; },
      onSuccess: ({ lastResponse }) => { state.media = lastResponse.getHeader('Media-Id'); },
      onError: (error) => { state.error = String(error); },
    });
    const [previous] = await upload.findPreviousUploads();
    if (previous) { state.resumed = true; upload.resumeFromPreviousUpload(previous); }
    window.upload = upload;
    upload.start();
  };`;

interface PlainState {
  uploaded: number;
  media: string | null;
  error: string | null;
  resumed: boolean;
}

describe.each(['local', 's3'] as const)('tus clients and two API processes on %s storage', (driver) => {
  let cluster: ServiceCluster;
  let directory: string;
  let path: string;
  let bytes: Buffer;
  let seed = driver === 'local' ? 1 : 1000;
  let cuts: number[];

  beforeAll(async () => {
    cluster = await startCluster({ driver });
    directory = await mkdtemp(join(tmpdir(), 'media-tus-clients-'));
  }, 180_000);
  afterAll(async () => {
    await cluster?.stop();
    if (directory) await rm(directory, { recursive: true, force: true });
  });

  beforeEach(async () => {
    bytes = documentOf(FILE_BYTES, (seed += 1));
    path = join(directory, `file-${seed}.pdf`);
    await writeFile(path, bytes);
    cluster.proxy.requests.length = 0;
    cuts = [];
    // Connections of the first requests with a body break, after so many bytes each.
    cluster.proxy.plan = ({ name }) => (name.startsWith('PATCH') ? (cuts.shift() ?? null) : null);
  });
  afterEach(() => {
    cluster.proxy.plan = () => null;
  });

  const settings = (): { endpoint: string; headers: Record<string, string>; retryDelays: number[] } => ({
    endpoint: `${cluster.proxy.url}/v1/tus`,
    headers: { authorization: `Bearer ${cluster.token}` },
    retryDelays: [0, 200, 500, 1000, 2000],
  });

  async function expectIdentical(media: string | null): Promise<void> {
    await cluster.client.until(media ?? 'none', 'ready', READY_MS);
    const download = await cluster.client.request(`/v1/media/${media}/download`);
    expect(bytes.equals(Buffer.from(await download.arrayBuffer()))).toBe(true);
  }

  /** Every interruption took place, and both processes have had bytes of it. */
  function expectInterrupted(): void {
    expect(cuts).toEqual([]);
    const patches = cluster.proxy.requests.filter(({ name }) => name.startsWith('PATCH'));
    expect(new Set(patches.map(({ origin }) => origin))).toEqual(new Set([0, 1]));
    expect(cluster.proxy.requests.some(({ name }) => name.startsWith('HEAD'))).toBe(true);
  }

  describe('tus-js-client in Node', () => {
    const upload = (options: Partial<tus.UploadOptions>): Promise<string | null> =>
      new Promise((resolve, reject) => {
        new tus.Upload(bytes, {
          ...settings(),
          metadata: { filename: 'file.pdf', filetype: 'application/pdf' },
          onSuccess: ({ lastResponse }) => resolve(lastResponse.getHeader('Media-Id') ?? null),
          onError: reject,
          ...options,
        }).start();
      });

    it('resumes after cuts', async () => {
      cuts = [MEBIBYTE, 3 * MEBIBYTE];
      const media = await upload({});
      expectInterrupted();
      await expectIdentical(media);
    });

    it('resumes after cuts with chunks of one mebibyte', async () => {
      cuts = [300_000, 400_000, 500_000];
      const media = await upload({ chunkSize: MEBIBYTE });
      expectInterrupted();
      await expectIdentical(media);
    });

    it('resumes when the answer to the last bytes is lost', async () => {
      cuts = [Infinity];
      const media = await upload({});
      expect(cuts).toEqual([]);
      await expectIdentical(media);
    });

    it('resumes parallel uploads after cuts', async () => {
      cuts = [MEBIBYTE, MEBIBYTE / 2, 2 * MEBIBYTE];
      const media = await upload({ parallelUploads: 3 });
      expectInterrupted();
      await expectIdentical(media);
    });

    it('sends a file of unknown length', async () => {
      cuts = [];
      const media = await upload({ uploadLengthDeferred: true, chunkSize: 2 * MEBIBYTE });
      await expectIdentical(media);
    });
  });

  (hasChromium ? describe : describe.skip)(`in Chromium (needs ${chromiumPath})`, () => {
    let browser: Browser;
    let plain: PageServer;
    let uppy: PageServer;
    let tab: Page;

    beforeAll(async () => {
      [browser, plain, uppy] = await Promise.all([
        launchChromium(),
        servePage(plainPage, plainScript),
        serveExample('uppy-tus'),
      ]);
    });
    afterAll(async () => {
      await browser?.close();
      await Promise.all([plain?.stop(), uppy?.stop()]);
    });
    beforeEach(async () => {
      tab = await browser.newPage();
    });
    afterEach(() => tab.close());

    /** From now on, also after a reload. */
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

    describe('tus-js-client', () => {
      const state = (): Promise<PlainState> => tab.evaluate('state');

      async function begin(options: object = {}): Promise<void> {
        await tab.goto(plain.origin);
        await tab.setInputFiles('#file', path);
        await tab.evaluate(`begin(${JSON.stringify({ ...settings(), ...options })})`);
      }

      async function finished(): Promise<string | null> {
        return eventually(async () => {
          const { media, error } = await state();
          expect(error).toBeNull();
          expect(media).not.toBeNull();
          return media;
        }, 30_000);
      }

      it.each([1, 3])('resumes after cuts, with parallelUploads: %s', async (parallelUploads) => {
        cuts = [MEBIBYTE, MEBIBYTE / 2, MEBIBYTE / 4];
        await begin({ parallelUploads });
        const media = await finished();
        expectInterrupted();
        await expectIdentical(media);
      });

      it('goes on after a pause', async () => {
        await slowDown();
        await begin();
        await eventually(async () => expect((await state()).uploaded).toBeGreaterThan(MEBIBYTE));
        await tab.evaluate('upload.abort()');
        const { uploaded, media } = await state();
        expect([uploaded < FILE_BYTES, media]).toEqual([true, null]);
        await tab.evaluate('upload.start()');
        const resumed = await finished();
        expectInterrupted();
        await expectIdentical(resumed);
      });

      it.each([1, 3])(
        'goes on after a reload of the page, with parallelUploads: %s',
        async (parallelUploads) => {
          await slowDown();
          await begin({ parallelUploads });
          await eventually(async () => expect((await state()).uploaded).toBeGreaterThan(2 * MEBIBYTE));
          const creations = countOf('POST');
          await begin({ parallelUploads });
          expect((await state()).resumed).toBe(true);
          const media = await finished();
          // Nothing was begun anew: in parallel only the final upload is created after the reload.
          expect(countOf('POST') - creations).toBe(parallelUploads === 1 ? 0 : 1);
          expectInterrupted();
          await expectIdentical(media);
        },
      );
    });

    describe("Uppy's tus plugin (examples/uppy-tus)", () => {
      async function choose(): Promise<void> {
        await tab.goto(uppy.origin);
        await tab.fill('[name=service]', cluster.proxy.url);
        await tab.fill('[name=token]', cluster.token);
        await tab.setInputFiles('#file', path);
      }

      const percent = async (): Promise<number> => Number(await tab.getAttribute('#progress', 'value'));

      async function finished(): Promise<string | null> {
        return eventually(async () => {
          expect(await tab.textContent('#problem')).toBe('');
          const item = await tab.$('#uploaded li');
          expect(item).not.toBeNull();
          return item?.getAttribute('data-media') ?? null;
        }, 30_000);
      }

      it('resumes after cuts', async () => {
        cuts = [MEBIBYTE, 2 * MEBIBYTE];
        await choose();
        const media = await finished();
        expectInterrupted();
        await expectIdentical(media);
      });

      it('goes on after a pause', async () => {
        await slowDown();
        await choose();
        await eventually(async () => expect(await percent()).toBeGreaterThan(15));
        await tab.click('#pause');
        expect(await tab.$('#uploaded li')).toBeNull();
        const before = await percent();
        await tab.click('#resume');
        const media = await finished();
        expect(before).toBeLessThan(100);
        expectInterrupted();
        await expectIdentical(media);
      });

      it('goes on after a reload of the page', async () => {
        await slowDown();
        await choose();
        await eventually(async () => expect(await percent()).toBeGreaterThan(15));
        await choose();
        const media = await finished();
        expect(countOf('POST')).toBe(1);
        expectInterrupted();
        await expectIdentical(media);
      });
    });
  });

  const countOf = (method: string): number =>
    cluster.proxy.requests.filter(({ name }) => name.startsWith(method)).length;
});
