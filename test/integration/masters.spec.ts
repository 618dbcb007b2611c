import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { imageFixture, type ImageFixture } from '../fixtures/image-fixtures.js';
import { Api, bytesOf, type MediaJson, onDatabase, problemOf } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { colourDistance, pixelAt, readPixels } from '../support/pixels.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const types: Record<string, string> = {
  heic: 'image/heic',
  bmp: 'image/bmp',
  svg: 'image/svg+xml',
  jxl: 'image/jxl',
};

interface ImageJson extends MediaJson {
  metadata: Record<string, unknown>;
  placeholder: string | null;
}

interface VariantJson {
  kind: string;
  name: string;
  contentType: string;
  width: number;
  height: number;
  size: number;
  url: string;
}

describe('images of which a master is made', () => {
  let service: TestApp;
  let alice: Api;

  beforeAll(async () => {
    service = await startTestApp();
    alice = await Api.as(service);
  });
  afterAll(() => service.close());

  const path = (target: string, { id }: MediaJson) => `/v1/media/${id}/${target}`;
  const variantsOf = async (media: MediaJson) =>
    (await alice.json<{ items: VariantJson[] }>(path('variants', media))).items;

  async function upload(name: ImageFixture): Promise<ImageJson> {
    const type = types[name.split('.').at(-1) ?? ''] ?? '';
    const { id } = await alice.uploadReady(await readFile(await imageFixture(name)), { name, type });
    return alice.json(`/v1/media/${id}`);
  }

  it('shows a HEIC photo in every size, and transforms it', async () => {
    const media = await upload('phone.heic');
    expect(media).toMatchObject({ contentType: 'image/heic', width: 64, height: 48, kind: 'image' });
    expect(media.metadata).toMatchObject({ format: 'heic', exif: { make: 'Example', model: 'Phone 2' } });
    expect(media.placeholder).not.toBeNull();
    const variants = await variantsOf(media);
    expect(variants.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'master master',
      'optimized optimized',
      'thumbnail thumbnail-large',
      'thumbnail thumbnail-medium',
      'thumbnail thumbnail-small',
    ]);
    const shown = [path('thumbnail?size=small', media), path('image?width=32&format=png', media)];
    for (const url of [...shown, ...variants.map((variant) => variant.url)]) {
      const bytes = await bytesOf(await alice.get(url));
      expect(bytes.includes('CANARY')).toBe(false);
      const pixels = await readPixels(bytes);
      const at = (x: number, y: number) => pixelAt(pixels, pixels.width * x, pixels.height * y);
      expect(colourDistance(at(0.25, 0.25), [255, 0, 0, 255])).toBeLessThan(30);
      expect(colourDistance(at(0.75, 0.25), [0, 255, 0, 255])).toBeLessThan(30);
      expect(colourDistance(at(0.25, 0.75), [0, 0, 255, 255])).toBeLessThan(30);
    }
  });

  it('draws an SVG as large as it is asked for, and hands out the drawing itself as an attachment alone', async () => {
    const media = await upload('drawing.svg');
    expect(media).toMatchObject({ width: 40, height: 20, metadata: { format: 'svg', hasAlpha: true } });
    const bytes = await bytesOf(await alice.get(path('image?width=400&format=png', media)));
    const pixels = await readPixels(bytes);
    expect([pixels.width, pixels.height]).toEqual([400, 200]);
    expect(pixelAt(pixels, 100, 100)).toEqual([255, 0, 0, 255]);
    expect(pixelAt(pixels, 300, 100)[3]).toBe(0);
    const { headers } = await alice.head(path('stream', media));
    expect(headers.get('content-type')).toBe('image/svg+xml');
    expect(headers.get('content-disposition')).toMatch(/^attachment; /);
    const [master] = await variantsOf(media);
    expect((await sharp(await bytesOf(await alice.get(master?.url ?? ''))).metadata()).format).toBe('png');
  });

  it('makes thumbnails of a bitmap', async () => {
    const media = await upload('tiny.bmp');
    const bytes = await bytesOf(await alice.get(path('thumbnail?size=large', media)));
    expect(await sharp(bytes).metadata()).toMatchObject({ format: 'webp', width: 2, height: 2 });
  });

  it('keeps JPEG XL for download, unless it is wanted', async () => {
    const media = await upload('small.jxl');
    expect(media).toMatchObject({ metadata: { downloadOnly: true } });
    expect(await problemOf(await alice.get(path('image?width=9', media)))).toBe('422 TRANSFORM_UNSUPPORTED');
  });

  it.each([
    ['claims-much.heic', 'IMAGE_TOO_LARGE'],
    ['truncated.heic', 'IMAGE_CORRUPT'],
    ['unclosed.svg', 'IMAGE_CORRUPT'],
    ['bomb.svg', 'IMAGE_UNSAFE'],
  ] as const)('ends %s as failed, with a code', async (name, code) => {
    const type = types[name.split('.').at(-1) ?? ''] ?? '';
    const { id } = await alice.upload(await readFile(await imageFixture(name)), { name, type });
    expect((await alice.until(id, 'failed')).failure).toMatchObject({ code });
  });

  it('makes the master again with a reprocess, and lets it go with its media; the quota counts neither', async () => {
    const used = async () => (await alice.json<{ usedBytes: number }>('/v1/quotas/users/alice')).usedBytes;
    const before = await used();
    const media = await upload('display-p3.heic');
    expect(await used()).toBe(before + media.size);
    const keyOf = async () =>
      (
        await onDatabase<{ storage_key: string }>(
          service,
          "select storage_key from variant where media_id = $1 and kind = 'master'",
          [media.id],
        )
      ).map((row) => row.storage_key);
    const [first] = await keyOf();
    await alice.send('POST', path('reprocess', media));
    const second = await eventually(async () => {
      const [key] = await keyOf();
      expect(key).toMatch(/\/master$/);
      expect(key).not.toBe(first);
      return key;
    });
    expect(await used()).toBe(before + media.size);
    expect((await alice.send('DELETE', `/v1/media/${media.id}?permanent=true`)).status).toBe(204);
    expect(await keyOf()).toEqual([]);
    const due = await onDatabase<{ prefix: string }>(service, 'select prefix from pending_deletion');
    for (const key of [first, second])
      expect(due.filter(({ prefix }) => key?.startsWith(prefix))).not.toEqual([]);
  });
});
