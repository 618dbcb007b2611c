import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { imageFixture, type ImageFixture, p3Colour } from '../../../../test/fixtures/image-fixtures.js';
import { fromDisplayP3 } from '../../../../test/support/colour.js';
import { colourDistance, pixelAt, readPixels } from '../../../../test/support/pixels.js';
import { inspectImage } from '../inspect-image.js';
import { sharp } from '../sharp-runtime.js';
import { type ImageSource, MasterMaker } from './master-maker.js';

const limits = { maxPixels: 50_000_000, maxFrames: 256, timeoutSeconds: 30, jxl: true, decoders: 1 };
const types = { heic: 'image/heic', bmp: 'image/bmp', svg: 'image/svg+xml', jxl: 'image/jxl' } as const;

describe('MasterMaker', () => {
  let workDir: string;
  beforeEach(async () => {
    workDir = await mkdtemp(join(tmpdir(), 'master-'));
  });
  afterEach(() => rm(workDir, { recursive: true }));

  interface Changes {
    timeoutSeconds?: number;
    signal?: AbortSignal;
    contentType?: string;
  }

  async function make(name: ImageFixture, { signal, contentType, ...changes }: Changes = {}) {
    const path = await imageFixture(name);
    const type = contentType ?? types[name.split('.').at(-1) as keyof typeof types];
    const inspection = await inspectImage(path, type, limits);
    if (inspection.way !== 'master') throw new Error(`no master is made of ${name}`);
    const maker = await MasterMaker.open({ ...limits, ...changes });
    return maker.make({ path, header: inspection.header, workDir, signal });
  }

  async function made(name: ImageFixture): Promise<ImageSource> {
    const source = await make(name);
    if (!source) throw new Error('there is no decoder');
    return source;
  }

  it('makes of HEIC an upright JPEG without metadata, and tells how it was taken', async () => {
    const { master, metadata } = await made('phone.heic');
    expect(master).toMatchObject({ contentType: 'image/jpeg', width: 64, height: 48, hasAlpha: false });
    expect(metadata).toMatchObject({ format: 'heic', width: 64, height: 48, exif: { model: 'Phone 2' } });
    expect(JSON.stringify(metadata)).not.toMatch(/CANARY|GPS|orientation/i);
    const bytes = await readFile(master.path);
    expect(bytes).toHaveLength(master.sizeBytes);
    const { exif, xmp, orientation } = await sharp(bytes).metadata();
    expect({ exif, xmp, orientation }).toEqual({});
    const pixels = await readPixels(bytes);
    expect(colourDistance(pixelAt(pixels, 16, 12), [255, 0, 0, 255])).toBeLessThan(16);
    expect(colourDistance(pixelAt(pixels, 48, 12), [0, 255, 0, 255])).toBeLessThan(16);
    expect(colourDistance(pixelAt(pixels, 16, 36), [0, 0, 255, 255])).toBeLessThan(16);
  });

  it('keeps Display P3 in the master of HEIC: the profile, and the values as they were', async () => {
    const { master, metadata } = await made('display-p3.heic');
    expect(metadata.iccName).toMatch(/P3/);
    const { icc } = await sharp(master.path).metadata();
    const original = await sharp(await imageFixture('display-p3.png')).metadata();
    expect(icc?.equals(original.icc ?? Buffer.alloc(0))).toBe(true);
    const stored = await sharp(master.path, { ignoreIcc: true }).raw().toBuffer();
    expect(colourDistance([...stored.subarray(0, 3)], p3Colour)).toBeLessThan(5);
    const shown = pixelAt(await readPixels(master.path), 20, 15).slice(0, 3);
    expect(colourDistance(shown, fromDisplayP3(p3Colour))).toBeLessThan(6);
  });

  it('makes of BMP and JPEG XL what they show', async () => {
    const bitmap = await made('tiny.bmp');
    expect(bitmap.metadata).toMatchObject({ format: 'bmp', width: 2, height: 2, hasAlpha: false });
    expect(bitmap.master.contentType).toBe('image/png');
    expect(pixelAt(await readPixels(bitmap.master.path), 0, 0)).toEqual([0x7f, 0x7f, 0x7f, 255]);
    const { master, metadata } = await made('small.jxl');
    expect(metadata).toMatchObject({ format: 'jxl', width: 16, height: 8 });
    expect(colourDistance(pixelAt(await readPixels(master.path), 3, 4), [255, 0, 0, 255])).toBeLessThan(12);
  });

  it('draws an SVG large and transparent, with its own size, and fetches nothing', async () => {
    const { master, metadata } = await made('drawing.svg');
    expect(master).toMatchObject({ contentType: 'image/png', width: 2048, height: 1024, hasAlpha: true });
    expect(metadata).toMatchObject({ format: 'svg', width: 40, height: 20, hasAlpha: true });
    const pixels = await readPixels(master.path);
    expect(pixelAt(pixels, 500, 500)).toEqual([255, 0, 0, 255]);
    expect(pixelAt(pixels, 1500, 500)[3]).toBe(0);
  });

  it('takes the size of a drawing that declares none from what it shows', async () => {
    const { metadata, master } = await made('no-size.svg');
    expect(metadata).toMatchObject({ width: 30, height: 60 });
    expect(master).toMatchObject({ width: 1024, height: 2048 });
  });

  it('kills a renderer that takes too long, or whose job is over', async () => {
    await expect(make('slow.svg', { timeoutSeconds: 1 })).rejects.toMatchObject({ code: 'IMAGE_TIMEOUT' });
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('deleted')), 400);
    await expect(make('slow.svg', { signal: controller.signal })).rejects.toThrow('deleted');
  });

  it('refuses a drawing that is no XML', async () => {
    await expect(make('unclosed.svg')).rejects.toMatchObject({ code: 'IMAGE_CORRUPT' });
  });

  it('says when there is no decoder for what the container holds', async () => {
    expect(await make('photo.avif', { contentType: 'image/heif' })).toBeNull();
  });

  it('refuses by the container what has too many pixels', async () => {
    await expect(make('claims-much.heic')).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' });
  });
});
