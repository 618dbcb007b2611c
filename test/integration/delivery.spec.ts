import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { colourDistance, pixelAt, readPixels } from '../support/pixels.js';
import { Api, bytesOf, type MediaJson, onDatabase, problemOf } from '../support/api.js';
import { pdf, photo, svg } from '../support/pictures.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

describe('delivery of stored bytes', () => {
  let service: TestApp;
  let alice: Api;
  let original: Buffer;
  let media: MediaJson;

  beforeAll(async () => {
    service = await startTestApp();
    alice = await Api.as(service);
    original = await photo();
    media = await alice.uploadReady(original, { name: 'Ferien 🏖.jpg', type: 'image/jpeg' });
  });
  afterAll(() => service.close());

  const path = (target: string, id = media.id) => `/v1/media/${id}/${target}`;

  describe('of originals', () => {
    it('gives the bytes that were uploaded, with what caches and browsers need', async () => {
      const response = await alice.get(path('download'));
      expect(response.status).toBe(200);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'content-type': 'image/jpeg',
        'content-length': String(original.length),
        'accept-ranges': 'bytes',
        etag: `"${createHash('sha256').update(original).digest('hex')}"`,
        'last-modified': new Date(media.createdAt).toUTCString(),
        'cache-control': 'private, no-cache',
        'x-content-type-options': 'nosniff',
        'content-security-policy': 'sandbox',
        'cross-origin-resource-policy': 'same-origin',
      });
      expect((await bytesOf(response)).equals(original)).toBe(true);
    });

    it('names the file in any script, and in ASCII for old clients', async () => {
      const response = await alice.get(path('download'));
      const disposition = response.headers.get('content-disposition') ?? '';
      expect(disposition).toMatch(/^attachment; /);
      expect(disposition).toContain("filename*=UTF-8''Ferien%20%F0%9F%8F%96.jpg");
      expect(disposition).toMatch(/filename="[ -~]+"/);
      await response.body?.cancel();
    });

    it('lets no file name end the header or its quotes', async () => {
      const { id } = await alice.upload(svg, { name: 'a.svg', type: 'image/svg+xml' });
      await alice.until(id);
      await alice.patch(id, { filename: 'a"; filename=b.exe\r\nSet-Cookie: x=1' });
      const { headers } = await alice.head(path('download', id));
      expect(headers.get('set-cookie')).toBeNull();
      expect(headers.get('content-disposition')).toBe(
        'attachment; filename="a\\"; filename=b.exeSet-Cookie: x=1"',
      );
    });

    it('shows a picture inline', async () => {
      const response = await alice.head(path('stream'));
      expect(response.headers.get('content-disposition')).toMatch(/^inline; /);
    });

    it.each([
      ['SVG', svg, 'drawing.svg', 'image/svg+xml'],
      ['PDF', pdf, 'paper.pdf', 'application/pdf'],
    ])('never lets a browser run %s', async (_name, bytes, name, type) => {
      const { id } = await alice.uploadReady(bytes, { name, type });
      const response = await alice.get(path('stream', id));
      expect(response.status).toBe(200);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'content-type': type,
        'content-disposition': expect.stringMatching(/^attachment; /),
        'content-security-policy': 'sandbox',
        'x-content-type-options': 'nosniff',
      });
      expect((await bytesOf(response)).equals(bytes)).toBe(true);
    });

    it('answers HEAD as GET, without the bytes', async () => {
      const [head, get] = [await alice.head(path('stream')), await alice.get(path('stream'))];
      expect(head.status).toBe(200);
      for (const name of ['content-length', 'content-type', 'etag', 'last-modified', 'cache-control']) {
        expect([name, head.headers.get(name)]).toEqual([name, get.headers.get(name)]);
      }
      expect((await bytesOf(head)).length).toBe(0);
      await get.body?.cancel();
    });

    it('ignores a Range of HEAD: ranges are defined for GET alone', async () => {
      const head = await alice.head(path('stream'), { range: 'bytes=0-9' });
      expect([head.status, head.headers.get('content-length')]).toEqual([200, String(original.length)]);
      expect((await alice.head(path('stream'), { range: 'bytes=99999999-' })).status).toBe(200);
    });
  });

  describe('in ranges', () => {
    it.each([
      ['bytes=0-99', 0, 99],
      ['bytes=1000-', 1000, -1],
      ['bytes=-500', -500, -1],
      ['bytes=-999999999', 0, -1],
      ['bytes=0-999999999', 0, -1],
    ])('%s', async (range, from, to) => {
      const start = from < 0 ? original.length + from : from;
      const end = to < 0 ? original.length + to : to;
      const response = await alice.get(path('stream'), { range });
      expect(response.status).toBe(206);
      expect(response.headers.get('content-range')).toBe(`bytes ${start}-${end}/${original.length}`);
      expect(response.headers.get('content-length')).toBe(String(end - start + 1));
      expect((await bytesOf(response)).equals(original.subarray(start, end + 1))).toBe(true);
    });

    it('puts a file together from pieces', async () => {
      const size = Math.ceil(original.length / 7);
      const pieces = await Promise.all(
        Array.from({ length: 7 }, async (_, index) =>
          bytesOf(
            await alice.get(path('download'), { range: `bytes=${index * size}-${index * size + size - 1}` }),
          ),
        ),
      );
      expect(Buffer.concat(pieces).equals(original)).toBe(true);
    });

    it('refuses a range beyond the end and says how long the file is', async () => {
      const response = await alice.get(path('stream'), { range: `bytes=${original.length}-` });
      expect(response.headers.get('content-range')).toBe(`bytes */${original.length}`);
      expect(response.headers.get('etag')).toBeNull();
      expect(response.headers.get('content-disposition')).toBeNull();
      expect(await problemOf(response)).toBe('416 RANGE_NOT_SATISFIABLE');
    });

    it.each(['bytes=0-9,100-109', 'lines=1-2', 'bytes=x-y'])('ignores %s', async (range) => {
      const response = await alice.get(path('thumbnail'), { range });
      expect(response.status).toBe(200);
      await response.body?.cancel();
    });

    it('sends the range only of what If-Range names', async () => {
      const etag = (await alice.head(path('stream'))).headers.get('etag') ?? '';
      const modified = new Date(media.createdAt).toUTCString();
      const status = async (ifRange: string) => {
        const response = await alice.get(path('stream'), { range: 'bytes=0-9', 'if-range': ifRange });
        await response.body?.cancel();
        return response.status;
      };
      expect(await status(etag)).toBe(206);
      expect(await status(modified)).toBe(206);
      expect(await status(`W/${etag}`)).toBe(200);
      expect(await status('"other"')).toBe(200);
    });
  });

  it('answers 304 to a client that has the bytes, by tag and by date', async () => {
    for (const target of ['download', 'thumbnail', 'variants/optimized', 'resize?width=50']) {
      const { headers } = await alice.head(path(target));
      const etag = headers.get('etag') ?? '';
      expect(etag).toMatch(/^"[^"]+"$/);
      const conditions: Record<string, string>[] = [
        { 'if-none-match': etag },
        { 'if-none-match': `"x", W/${etag}` },
        { 'if-modified-since': headers.get('last-modified') ?? '' },
      ];
      for (const condition of conditions) {
        const response = await alice.get(path(target), condition);
        expect([target, response.status, (await bytesOf(response)).length]).toEqual([target, 304, 0]);
        expect(response.headers.get('etag')).toBe(etag);
      }
      expect((await alice.head(path(target), { 'if-none-match': '"x"' })).status).toBe(200);
    }
  });

  describe('of variants', () => {
    it.each([
      ['small', 150, 113],
      ['medium', 400, 300],
      ['large', 1200, 900],
    ])('gives the %s thumbnail', async (size, width, height) => {
      const response = await alice.get(path(`thumbnail?size=${size}`));
      expect(response.headers.get('content-type')).toBe('image/webp');
      const bytes = await bytesOf(response);
      expect(response.headers.get('content-length')).toBe(String(bytes.length));
      expect(await sharp(bytes).metadata()).toMatchObject({ format: 'webp', width, height });
      const [got, wanted] = [
        await readPixels(bytes),
        await readPixels(await sharp(original).resize(width).toBuffer()),
      ];
      for (const [x, y] of [
        [0.1, 0.1],
        [0.5, 0.5],
        [0.9, 0.8],
      ] as const) {
        const at = [Math.floor(x * width), Math.floor(y * height)] as const;
        expect(colourDistance(pixelAt(got, ...at), pixelAt(wanted, ...at))).toBeLessThan(25);
      }
    });

    it('gives the medium one when no size is named', async () => {
      const tags = await Promise.all(
        ['thumbnail', 'thumbnail?size=medium'].map(async (t) =>
          (await alice.head(path(t))).headers.get('etag'),
        ),
      );
      expect(tags[0]).toBe(tags[1]);
    });

    it('refuses a size that there is not, naming the field', async () => {
      const response = await alice.get(path('thumbnail?size=huge'));
      expect(await response.json()).toMatchObject({ status: 400, errors: [{ field: 'size' }] });
    });

    it('lists them, each under a URL that works', async () => {
      const { items } = await alice.json<{ items: { name: string; url: string; size: number }[] }>(
        path('variants'),
      );
      expect(items.map(({ name }) => name).toSorted()).toEqual([
        'optimized',
        'thumbnail-large',
        'thumbnail-medium',
        'thumbnail-small',
      ]);
      for (const { url, size } of items) expect((await bytesOf(await alice.get(url))).length).toBe(size);
    });

    it('has none of a document, and none by other names', async () => {
      const { id } = await alice.uploadReady(pdf, { name: 'a.pdf', type: 'application/pdf' });
      for (const target of [
        'thumbnail',
        'variants/x',
        'hls/master.m3u8',
        'hls/720p/index.m3u8',
        'hls/..%2f/original',
      ]) {
        expect([target, await problemOf(await alice.get(path(target, id)))]).toEqual([
          target,
          '404 VARIANT_NOT_FOUND',
        ]);
      }
    });
  });

  describe('to others', () => {
    it('hides what is private, whatever part of it is asked for', async () => {
      const bob = await Api.as(service, { sub: 'bob' });
      for (const caller of [bob, Api.anonymous(service)]) {
        for (const target of [
          'download',
          'stream',
          'thumbnail',
          'variants',
          'variants/optimized',
          'image',
          'resize?width=9',
          'convert?format=png',
          'hls/master.m3u8',
        ]) {
          expect([target, await problemOf(await caller.get(path(target)))]).toEqual([
            target,
            '404 MEDIA_NOT_FOUND',
          ]);
        }
      }
    });

    it('lets caches and other sites have what is public, and makes transforms for no stranger', async () => {
      const { id } = await alice.uploadReady(svg, {
        name: 'a.svg',
        type: 'image/svg+xml',
        fields: { visibility: 'public' },
      });
      const anyone = Api.anonymous(service);
      const { headers } = await anyone.head(path('download', id));
      expect(Object.fromEntries(headers)).toMatchObject({
        'cache-control': 'public, max-age=3600',
        'cross-origin-resource-policy': 'cross-origin',
      });
      for (const target of ['image', 'resize?width=9', 'convert?format=png'])
        expect(await problemOf(await anyone.get(path(target, id)))).toBe('401 UNAUTHENTICATED');
    });
  });

  describe('of what the scanner has not passed', () => {
    const standing = (id: string, status: string, clean: boolean) =>
      onDatabase(service, 'update media set status = $2, clean = $3 where id = $1', [id, status, clean]);

    it.each([
      ['scanning', '409 MEDIA_NOT_CLEAN'],
      ['failed', '409 MEDIA_NOT_CLEAN'],
      ['quarantined', '403 MEDIA_QUARANTINED'],
    ])('gives nothing of a media that is %s', async (status, problem) => {
      const { id } = await alice.uploadReady(await sharp(original).resize(64).png().toBuffer(), {
        fields: { visibility: 'public' },
      });
      const signed = (await alice.sign(id, 'download')).url;
      await standing(id, status, false);
      const admin = await Api.as(service, { sub: 'root', scopes: ['admin'] });
      for (const caller of [alice, admin]) {
        for (const target of [
          'download',
          'stream',
          'thumbnail',
          'variants',
          'resize?width=9',
          'hls/master.m3u8',
        ])
          expect([target, await problemOf(await caller.get(path(target, id)))]).toEqual([target, problem]);
      }
      expect(await problemOf(await Api.anonymous(service).get(signed))).toBe(problem);
      const response = await alice.get(path('download', id));
      expect(response.headers.get('cache-control')).toBe('no-store');
      await response.body?.cancel();
    });
  });

  it('gives nothing of what is in the trash, not by signed URLs either', async () => {
    const { id } = await alice.uploadReady(svg, {
      name: 'a.svg',
      type: 'image/svg+xml',
      fields: { visibility: 'public' },
    });
    const signed = (await alice.sign(id, 'download')).url;
    expect((await Api.anonymous(service).get(signed)).status).toBe(200);
    await alice.send('DELETE', `/v1/media/${id}`);
    for (const [caller, target] of [
      [alice, path('download', id)],
      [Api.anonymous(service), signed],
    ] as const)
      expect(await problemOf(await caller.get(target))).toBe('404 MEDIA_NOT_FOUND');
  });

  it('finds nothing by an id that is none', async () => {
    for (const id of ['1', 'undefined', '..%2f..', '%00', "' or 1=1"])
      expect((await alice.get(path('download', id))).status).toBe(404);
  });
});
