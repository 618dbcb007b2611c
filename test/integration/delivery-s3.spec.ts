import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { Api, bytesOf, type MediaJson, problemOf } from '../support/api.js';
import { pdf, photo } from '../support/pictures.js';
import { hasRealS3, type S3Server, startS3Server } from '../support/s3-server.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

describe('delivery from S3', () => {
  let s3: S3Server;
  let service: TestApp;
  let redirecting: TestApp;
  let original: Buffer;
  let media: MediaJson;

  beforeAll(async () => {
    s3 = await startS3Server();
    const { bucket, region, endpoint, credentials } = s3.config;
    const env = {
      STORAGE_DRIVER: 's3',
      S3_BUCKET: bucket,
      S3_REGION: region,
      S3_ENDPOINT: endpoint ?? '',
      S3_ACCESS_KEY_ID: credentials?.accessKeyId ?? '',
      S3_SECRET_ACCESS_KEY: credentials?.secretAccessKey ?? '',
      S3_FORCE_PATH_STYLE: 'true',
    };
    service = await startTestApp({ env });
    redirecting = await startTestApp({ beside: service, env: { ...env, S3_REDIRECT_DOWNLOADS: 'true' } });
    original = await photo();
    media = await (await Api.as(service)).uploadReady(original, { name: 'Meer 🏖.jpg', type: 'image/jpeg' });
  });
  afterAll(async () => {
    await redirecting.close();
    await service.close();
    await s3.stop();
  });

  const path = (target: string) => `/v1/media/${media.id}/${target}`;

  it('gives all bytes, and HEAD without them', async () => {
    const alice = await Api.as(service);
    expect((await bytesOf(await alice.get(path('download')))).equals(original)).toBe(true);
    const head = await alice.head(path('download'));
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(original.length)]);
  });

  it.each([
    ['bytes=0-99', 0, 100],
    ['bytes=5000-', 5000, undefined],
    ['bytes=-77', -77, undefined],
  ])('gives %s', async (range, start, end) => {
    const response = await (await Api.as(service)).get(path('stream'), { range });
    const wanted = original.subarray(start, end);
    expect([response.status, response.headers.get('content-length')]).toEqual([206, String(wanted.length)]);
    expect((await bytesOf(response)).equals(wanted)).toBe(true);
  });

  it('refuses ranges beyond the end and knows conditions', async () => {
    const alice = await Api.as(service);
    expect(await problemOf(await alice.get(path('stream'), { range: 'bytes=99999999-' }))).toBe(
      '416 RANGE_NOT_SATISFIABLE',
    );
    const etag = (await alice.head(path('stream'))).headers.get('etag') ?? '';
    expect((await alice.get(path('stream'), { 'if-none-match': etag })).status).toBe(304);
  });

  it('gives thumbnails and transforms, twice the same', async () => {
    const alice = await Api.as(service);
    for (const target of ['thumbnail?size=small', 'resize?width=150&format=webp']) {
      const [first, second] = [
        await bytesOf(await alice.get(path(target))),
        await bytesOf(await alice.get(path(target))),
      ];
      expect([target, (await sharp(first).metadata()).width, first.equals(second)]).toEqual([
        target,
        150,
        true,
      ]);
    }
  });

  describe('with redirects', () => {
    /** What the store sends; the emulator does not do what the signed URL tells it, so there the URL is asked. */
    function dispositionOf(redirect: Response, direct: Response): string | null {
      if (hasRealS3) return direct.headers.get('content-disposition');
      return new URL(redirect.headers.get('location') ?? '').searchParams.get('response-content-disposition');
    }

    it('sends clients to a URL that gives the bytes, under the name and as the attachment that they are', async () => {
      const response = await (await Api.as(redirecting)).get(path('download'));
      expect([response.status, response.headers.get('cache-control')]).toEqual([302, 'no-store']);
      const direct = await fetch(response.headers.get('location') ?? '');
      expect(direct.status).toBe(200);
      expect((await bytesOf(direct)).equals(original)).toBe(true);
      expect(direct.headers.get('content-type')).toBe('image/jpeg');
      expect(dispositionOf(response, direct)).toMatch(/^attachment; .*Meer%20/);
    });

    it('answers HEAD itself: the URL is good for GET alone', async () => {
      const head = await (await Api.as(redirecting)).head(path('download'));
      expect([head.status, head.headers.get('content-length')]).toEqual([200, String(original.length)]);
    });

    it('answers 304 itself', async () => {
      const alice = await Api.as(redirecting);
      const etag = (await alice.head(path('download'))).headers.get('etag') ?? '';
      expect((await alice.get(path('download'), { 'if-none-match': etag })).status).toBe(304);
    });

    it('sends nobody who may not read', async () => {
      expect((await Api.anonymous(redirecting).get(path('download'))).status).toBe(404);
    });

    it('redirects for no small thing, where a second request would cost more', async () => {
      const alice = await Api.as(redirecting);
      for (const target of ['thumbnail', 'resize?width=150'])
        expect((await alice.get(path(target))).status).toBe(200);
    });

    it('lets the store send no document as anything but an attachment', async () => {
      const alice = await Api.as(redirecting);
      const { id } = await alice.uploadReady(pdf, { name: 'a.pdf', type: 'application/pdf' });
      const response = await alice.get(`/v1/media/${id}/stream`);
      const direct = await fetch(response.headers.get('location') ?? '');
      expect(dispositionOf(response, direct)).toMatch(/^attachment; filename="?a\.pdf"?$/);
      await direct.body?.cancel();
    });
  });
});
