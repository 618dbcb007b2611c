import sharp from 'sharp';
import { readImageMetadata } from '../../src/processing/image/image-metadata.js';
import { canonicalTransform } from '../../src/processing/image/transform/canonical-transform.js';
import {
  type RenderOptions,
  renderTransform,
} from '../../src/processing/image/transform/render-transform.js';
import type { TransformParams } from '../../src/processing/image/transform/transform-params.js';
import type {
  TransformSource,
  WatermarkSource,
} from '../../src/processing/image/transform/transform-source.js';
import { imageFixture, type ImageFixture } from '../fixtures/image-fixtures.js';
import { type Pixels, readPixels } from './pixels.js';

export const renderLimits = {
  maxPixels: 100_000_000,
  maxOutputPixels: 40_000_000,
  maxFrames: 2048,
  timeoutSeconds: 60,
};

export interface RenderSetup extends Omit<RenderOptions, 'limits'> {
  watermark?: WatermarkSource;
  source?: Partial<TransformSource>;
}

/** What the service does with a file: header, canonical form (PNG unless told otherwise), render, and its pixels. */
export async function renderedFile(path: string, params: TransformParams, setup: RenderSetup = {}) {
  const { watermark, source, ...options } = setup;
  const canonical = canonicalTransform(
    params,
    { ...(await readImageMetadata(path, renderLimits)), ...source },
    {
      negotiated: 'png',
      maxOutputPixels: renderLimits.maxOutputPixels,
      ...(watermark && { watermark }),
    },
  );
  const result = await renderTransform(path, canonical, { ...options, limits: renderLimits });
  return { ...result, canonical, pixels: await readPixels(result.data) };
}

export async function rendered(name: ImageFixture, params: TransformParams, setup?: RenderSetup) {
  return renderedFile(await imageFixture(name), params, setup);
}

export async function drawn(
  name: ImageFixture,
  params: TransformParams,
  setup?: RenderSetup,
): Promise<Pixels> {
  return (await rendered(name, params, setup)).pixels;
}

/** The frames of an animation, each with its pixels. */
export async function framesOf(image: Buffer): Promise<Pixels[]> {
  const { pages = 1 } = await sharp(image).metadata();
  return Promise.all(
    Array.from({ length: pages }, async (_, page) =>
      readPixels(await sharp(image, { page }).png().toBuffer()),
    ),
  );
}
