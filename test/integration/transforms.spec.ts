import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import exifr from 'exifr';
import sharp from 'sharp';
import { ico } from '../fixtures/image-bytes.js';
import { Api, bytesOf, type MediaJson, onDatabase, problemOf } from '../support/api.js';
import { colourDistance, meanDifference, pixelAt, readPixels } from '../support/pixels.js';
import { pdf, photo, plainPicture } from '../support/pictures.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const origin = 'https://gallery.example';

describe('image transforms', () => {
  let service: TestApp;
  let alice: Api;
  let original: Buffer;
  let media: MediaJson;

  beforeAll(async () => {
    service = await startTestApp({ env: { CORS_ORIGINS: `${origin},https://other.example` } });
    alice = await Api.as(service);
    original = await photo();
    media = await alice.uploadReady(original, { name: 'beach.jpg', type: 'image/jpeg' });
  });
  afterAll(() => service.close());

  const path = (target: string, id = media.id) => `/v1/media/${id}/${target}`;

  async function hits(result: 'hit' | 'miss'): Promise<number> {
    const text = await (await alice.get('/metrics')).text();
    return Number(
      new RegExp(`^media_transform_requests_total\\{result="${result}"\\} (\\d+)`, 'm').exec(text)?.[1] ?? 0,
    );
  }

  const stored = async (id = media.id) =>
    (
      await onDatabase<{ name: string }>(
        service,
        "select name from variant where media_id = $1 and kind = 'transform'",
        [id],
      )
    ).length;

  it.each(['jpeg', 'png', 'webp', 'avif'])('converts to %s, the same picture', async (format) => {
    const response = await alice.get(path(`image?width=320&format=${format}`));
    expect(response.headers.get('content-type')).toBe(`image/${format}`);
    expect(response.headers.get('content-disposition')).toContain(`beach.${format}`);
    const bytes = await bytesOf(response);
    expect(response.headers.get('content-length')).toBe(String(bytes.length));
    expect(await sharp(bytes).metadata()).toMatchObject({
      format: format === 'avif' ? 'heif' : format,
      width: 320,
      height: 240,
    });
    const wanted = await readPixels(await sharp(original).resize(320).png().toBuffer());
    expect(meanDifference(await readPixels(bytes), wanted)).toBeLessThan(6);
  });

  it('serves the second request from what the first has stored', async () => {
    const target = path('resize?width=333&format=webp');
    const before = [await hits('hit'), await hits('miss')];
    const first = await alice.get(target);
    const second = await alice.get(target);
    expect((await bytesOf(second)).equals(await bytesOf(first))).toBe(true);
    expect(second.headers.get('etag')).toBe(first.headers.get('etag'));
    expect([await hits('hit'), await hits('miss')]).toEqual([(before[0] ?? 0) + 1, (before[1] ?? 0) + 1]);
  });

  it('knows requests for the same bytes as one', async () => {
    const before = await stored();
    const tags = new Set<string | null>();
    for (const target of [
      'resize?width=222&format=jpeg',
      'resize?format=jpeg&width=222',
      'image?width=222&format=jpeg&quality=80&grayscale=false&rotate=0',
      'resize?width=111&dpr=2&format=jpeg',
    ]) {
      const response = await alice.get(path(target));
      tags.add(response.headers.get('etag'));
      await response.body?.cancel();
    }
    expect(tags.size).toBe(1);
    expect(await stored()).toBe(before + 1);
  });

  it('makes one of 30 identical requests at once', async () => {
    const before = await stored();
    const responses = await Promise.all(
      Array.from({ length: 30 }, () => alice.get(path('resize?width=501&format=webp'))),
    );
    const bodies = await Promise.all(responses.map(bytesOf));
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(bodies.map((body) => body.toString('base64'))).size).toBe(1);
    expect(await stored()).toBe(before + 1);
    expect(
      await onDatabase(service, "select prefix from pending_deletion where prefix like '%' || $1 || '/v/%'", [
        media.id,
      ]),
    ).toEqual([]);
  });

  it('never enlarges', async () => {
    const { id } = await alice.uploadReady(await plainPicture(40, 30, 1));
    for (const target of [
      'resize?width=400&format=png',
      'resize?width=400&height=300&fit=fill&format=png',
      'image?dpr=4&width=39&format=png',
    ]) {
      const { width, height } = await sharp(await bytesOf(await alice.get(path(target, id)))).metadata();
      expect([target, width, height]).toEqual([target, 40, 30]);
    }
  });

  it.each([
    ['cover', 100, 100],
    ['fill', 100, 100],
    ['contain', 100, 100],
    ['inside', 100, 75],
    ['outside', 133, 100],
  ])('fits by %s', async (fit, width, height) => {
    const bytes = await bytesOf(await alice.get(path(`resize?width=100&height=100&fit=${fit}&format=png`)));
    const { width: w, height: h } = await sharp(bytes).metadata();
    expect([w, h]).toEqual([width, height]);
  });

  it('turns, and takes the colour out', async () => {
    const bytes = await bytesOf(
      await alice.get(path('image?rotate=90&grayscale=true&height=200&format=png')),
    );
    const pixels = await readPixels(bytes);
    expect([pixels.width, pixels.height]).toEqual([150, 200]);
    const [r = 0, g = 0, b = 0] = pixelAt(pixels, 70, 100);
    expect(colourDistance([r, g, b], [g, b, r])).toBeLessThan(3);
  });

  it('says who made the picture, unless told not to, and never where', async () => {
    for (const format of ['jpeg', 'webp', 'avif', 'png']) {
      const read = async (target: string) => sharp(await bytesOf(await alice.get(path(target)))).metadata();
      const { exif, xmp, iptc } = await read(`image?width=64&format=${format}`);
      expect([format, xmp, iptc]).toEqual([format, undefined, undefined]);
      const tags: unknown = await exifr.parse(exif?.subarray(exif.indexOf('II')) ?? '', { gps: true });
      expect(tags).toHaveProperty('Copyright');
      for (const name of ['latitude', 'GPSLatitude', 'Model', 'BodySerialNumber'])
        expect(tags).not.toHaveProperty(name);
      expect(exif?.includes('CANARY')).toBe(true);
      expect((await read(`image?width=65&format=${format}&keepCopyright=false`)).exif).toBeUndefined();
    }
  });

  it('draws all of the parameters together', async () => {
    const target =
      'image?width=200&height=200&position=0.3,0.6&rotate=90&flop&crop=0.1,0.1,0.8,0.8&blur=1&saturation=1.2' +
      `&gamma=1.1&contrast=1.1&text=${encodeURIComponent('<b> & ©')}&textSize=20&radius=max&background=fff`;
    const response = await alice.get(path(`${target}&format=webp&maxBytes=5000`));
    expect(response.status).toBe(200);
    const bytes = await bytesOf(response);
    expect(bytes.length).toBeLessThanOrEqual(5000);
    const pixels = await readPixels(bytes);
    expect([pixels.width, pixels.height]).toEqual([200, 200]);
    expect(colourDistance(pixelAt(pixels, 1, 1), [255, 255, 255, 255])).toBeLessThan(6);
  });

  describe('by Accept', () => {
    const answerTo = async (accept: string, target: string) => {
      const response = await alice.get(path(target), { accept });
      await response.body?.cancel();
      const varies = response.headers.get('vary')?.includes('Accept') ?? false;
      return { type: response.headers.get('content-type'), varies };
    };

    it.each([
      ['image/avif,image/webp,*/*', 'image/avif'],
      ['image/webp,*/*', 'image/webp'],
      ['image/avif;q=0,image/webp', 'image/webp'],
      ['*/*', 'image/jpeg'],
      ['text/html', 'image/jpeg'],
    ])('%s', async (accept, type) => {
      for (const target of ['resize?width=70', 'resize?width=70&format=auto', 'image?width=70'])
        expect([target, await answerTo(accept, target)]).toEqual([target, { type, varies: true }]);
    });

    it('does not look at it when the format is named', async () => {
      expect(await answerTo('image/avif', 'resize?width=70&format=png')).toEqual({
        type: 'image/png',
        varies: false,
      });
    });

    it('tells caches of Origin too, where other sites are let in', async () => {
      const response = await alice.get(path('resize?width=70'), { origin, accept: '*/*' });
      expect(response.headers.get('access-control-allow-origin')).toBe(origin);
      expect(response.headers.get('vary')?.toLowerCase().split(/, */).toSorted()).toEqual([
        'accept',
        'origin',
      ]);
      await response.body?.cancel();
    });

    it('gives each format a tag of its own', async () => {
      const tagFor = async (accept: string) =>
        (await alice.head(path('resize?width=70'), { accept })).headers.get('etag');
      expect(await tagFor('image/webp')).not.toBe(await tagFor('image/avif'));
    });
  });

  it('answers ranges and HEAD of what it made', async () => {
    const target = path('resize?width=210&format=jpeg');
    const whole = await bytesOf(await alice.get(target));
    const response = await alice.get(target, { range: 'bytes=10-19' });
    expect(response.headers.get('content-range')).toBe(`bytes 10-19/${whole.length}`);
    expect((await bytesOf(response)).equals(whole.subarray(10, 20))).toBe(true);
    expect((await alice.head(target)).headers.get('content-length')).toBe(String(whole.length));
  });

  it('answers a range of what it just made', async () => {
    const response = await alice.get(path('resize?width=211&format=jpeg'), { range: 'bytes=0-1' });
    expect([response.status, (await bytesOf(response)).toString('hex')]).toEqual([206, 'ffd8']);
  });

  it.each([
    ['resize', ['width']],
    ['resize?width=0', ['width']],
    ['resize?width=16384', ['width']],
    ['resize?width=1.5', ['width']],
    ['resize?width=abc', ['width']],
    ['resize?width=10&width=20', ['width']],
    ['resize?width=10&blur=2', ['blur']],
    ['convert', ['format']],
    ['convert?format=heic', ['format']],
    ['convert?format=png&width=10', ['width']],
    ['image?quality=0&fit=stretch', ['fit', 'quality']],
    ['image?rotate=45', ['rotate']],
    ['image?background=red', ['background']],
    ['image?grayscale=maybe', ['grayscale']],
    ['image?dpr=5', ['dpr']],
    ['image?blur=1e3', ['blur']],
  ])('refuses %s and names the fields', async (target, fields) => {
    const response = await alice.get(path(target));
    expect(response.status).toBe(400);
    const { code, errors } = (await response.json()) as { code: string; errors: { field: string }[] };
    expect(code).toBe('VALIDATION_FAILED');
    expect([...new Set(errors.map(({ field }) => field))].toSorted()).toEqual(fields);
  });

  it.each([
    ['a document', pdf, 'a.pdf', 'application/pdf'],
    ['an icon, which is kept for download alone', ico(16, 16), 'a.ico', 'image/x-icon'],
  ])('can not transform %s', async (_name, bytes, name, type) => {
    const { id } = await alice.uploadReady(bytes, { name, type });
    for (const target of ['image', 'resize?width=9', 'convert?format=png'])
      expect(await problemOf(await alice.get(path(target, id)))).toBe('422 TRANSFORM_UNSUPPORTED');
  });

  it('says no when too many wait', async () => {
    const narrow = await startTestApp({
      beside: service,
      env: { TRANSFORM_CONCURRENCY: '1', TRANSFORM_QUEUE_LENGTH: '1' },
    });
    try {
      const api = await Api.as(narrow);
      const responses = await Promise.all(
        Array.from({ length: 8 }, (_, index) => api.get(path(`resize?width=${900 + index}&format=png`))),
      );
      const busy = responses.filter(({ status }) => status === 503);
      expect(responses.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(2);
      expect(busy.length).toBeGreaterThan(0);
      for (const response of busy) {
        expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
        expect(await problemOf(response)).toBe('503 TRANSFORM_BUSY');
      }
      await Promise.all(responses.map(async (response) => response.body?.cancel().catch(() => undefined)));
      const metrics = await (await api.get('/metrics')).text();
      expect(metrics).toMatch(/^media_transforms_waiting 0$/m);
    } finally {
      await narrow.close();
    }
  });
});
