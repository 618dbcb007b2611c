import { join } from 'node:path';
import type { OutputInfo, Sharp } from 'sharp';
import type { ImageMetadata } from './image-metadata.js';
import { describeLook, type Look } from './look.js';
import { decoding, type ImageLimits, openImage } from './open-image.js';
import { hashPicture } from './perceptual-hash.js';
import { makePlaceholder } from './placeholder.js';
import { sharp } from './sharp-runtime.js';

/** Longest side in pixels of each thumbnail. */
const thumbnailSides = { small: 150, medium: 400, large: 1200 } as const;
export type ThumbnailSize = keyof typeof thumbnailSides;

/** A picture made from an original, in a file of its own: upright, sRGB, without any metadata. */
export interface Derivative {
  name: `thumbnail-${ThumbnailSize}` | 'optimized';
  contentType: 'image/webp' | 'image/jpeg';
  width: number;
  height: number;
  sizeBytes: number;
  path: string;
}

export interface DerivativeOptions {
  /** Existing directory that belongs to this call alone; the caller removes it. */
  workDir: string;
  limits: ImageLimits;
  /** Also makes the optimized rendition: what the header said, and its longest side in pixels. */
  optimized?: { metadata: ImageMetadata; maxSide: number };
  /** Checked between steps; libvips can't be stopped within one. */
  signal?: AbortSignal;
}

export interface Derivatives {
  derivatives: Derivative[];
  look: Look;
  /** thumbhash, base64 */
  placeholder: string;
  /** Of what the picture shows; null when it shows too little to be compared. */
  perceptualHash: bigint | null;
}

const webp = { quality: 80, effort: 4 } as const;

/** An animation costs about 0.1 CPU s per megapixel to encode; above this its first frame has to do. */
const maxAnimatedPixels = 50_000_000;

/**
 * Makes the three thumbnails, the placeholder, the colours, the perceptual hash and, if asked for, the optimized
 * rendition of a picture (or of a video's poster). Nothing is enlarged; the shorter side is at least one pixel;
 * animations give their first frame, except that the optimized rendition stays animated while that is affordable.
 *
 * The original is decoded once, to the largest size needed; each smaller picture comes from the next larger:
 * 0.8 CPU s for a 12 MP JPEG, against 1.0 for a pipeline per picture. Peak memory is the one
 * decoded picture (maxSide² × 4 bytes) besides libvips' own buffers.
 *
 * @throws IMAGE_UNSUPPORTED, IMAGE_CORRUPT, IMAGE_TOO_LARGE, IMAGE_TIMEOUT; and failures of the disk as they are
 */
export async function makeDerivatives(input: string, options: DerivativeOptions): Promise<Derivatives> {
  const { optimized, limits, workDir, signal } = options;
  const largest = Math.max(thumbnailSides.large, optimized?.maxSide ?? 0);
  let picture = await decoding(() =>
    decodeTo(openImage(input, limits).autoOrient().toColourspace('srgb'), largest),
  );
  const derivatives: Derivative[] = [];
  if (optimized) {
    signal?.throwIfAborted();
    derivatives.push(await makeOptimized({ input, picture, workDir, limits, ...optimized }));
  }
  for (const size of ['large', 'medium', 'small'] as const) {
    signal?.throwIfAborted();
    picture = await decodeTo(open(picture), thumbnailSides[size]);
    const path = join(workDir, `thumbnail-${size}.webp`);
    const info = await open(picture).webp(webp).toFile(path);
    derivatives.push(described({ name: `thumbnail-${size}`, contentType: 'image/webp', path }, info));
  }
  return {
    derivatives,
    look: await describeLook(open(picture)),
    placeholder: await makePlaceholder(open(picture)),
    perceptualHash: await hashPicture(open(picture)),
  };
}

/** Decoded pixels: 8 bits a channel, sRGB, upright. */
interface RawPicture {
  data: Buffer;
  info: OutputInfo;
}

function decodeTo(pipeline: Sharp, side: number): Promise<RawPicture> {
  return pipeline.resize(box(side)).raw().toBuffer({ resolveWithObject: true });
}

function open({ data, info: { width, height, channels } }: RawPicture): Sharp {
  return sharp(data, { raw: { width, height, channels } });
}

function box(side: number) {
  return { width: side, height: side, fit: 'inside', withoutEnlargement: true } as const;
}

interface OptimizedInput {
  input: string;
  picture: RawPicture;
  metadata: ImageMetadata;
  maxSide: number;
  workDir: string;
  limits: ImageLimits;
}

/** mozjpeg where nothing is lost by it, WebP where there is transparency or motion. */
async function makeOptimized(options: OptimizedInput): Promise<Derivative> {
  const { input, picture, metadata, maxSide, workDir, limits } = options;
  const { width, height, frames, animated, hasAlpha } = metadata;
  if (animated && width * height * frames <= maxAnimatedPixels) {
    const path = join(workDir, 'optimized.webp');
    const info = await decoding(() =>
      openImage(input, limits, { animated: true }).resize(box(maxSide)).webp(webp).toFile(path),
    );
    return described({ name: 'optimized', contentType: 'image/webp', path }, info);
  }
  const resized = open(picture).resize(box(maxSide));
  if (hasAlpha) {
    const path = join(workDir, 'optimized.webp');
    const info = await resized.webp(webp).toFile(path);
    return described({ name: 'optimized', contentType: 'image/webp', path }, info);
  }
  const path = join(workDir, 'optimized.jpg');
  const info = await resized.jpeg({ quality: 80, mozjpeg: true }).toFile(path);
  return described({ name: 'optimized', contentType: 'image/jpeg', path }, info);
}

function described(what: Pick<Derivative, 'name' | 'contentType' | 'path'>, info: OutputInfo): Derivative {
  return { ...what, width: info.width, height: info.pageHeight ?? info.height, sizeBytes: info.size };
}
