import { imageErrors } from '../../image.errors.js';
import type { Size } from '../geometry/size.js';
import type { Gravity, TransformParams } from '../transform-params.js';
import type { WatermarkSource } from '../transform-source.js';
import { canonicalColour } from './colour.js';

export interface CanonicalWatermark {
  mediaId: string;
  /** Of the watermark's bytes: another picture under the same id makes another hash. */
  sha256: string;
  scale: number;
  opacity: number;
  /** Left out when tiled. */
  position?: Gravity;
  tile?: true;
}

export interface CanonicalText {
  content: string;
  /** Output pixels. */
  size: number;
  /** `#rrggbb` */
  color: string;
  position: Gravity;
}

/** What is drawn over the picture, in this order, and then cut off at the corners. */
export interface CanonicalOverlays {
  watermark?: CanonicalWatermark;
  text?: CanonicalText;
  /** Output pixels; `max` only while the size is deferred. */
  radius?: number | 'max';
}

/**
 * @param canvas the result's size, when that is known
 * @throws TRANSFORM_INVALID for a text that can't fit, and for a watermark that the caller did not find
 */
export function canonicalOverlays(
  params: TransformParams,
  canvas: Size | null,
  watermark: WatermarkSource | undefined,
): CanonicalOverlays {
  const text = canonicalText(params);
  if (text && canvas) assertTextFits(text, canvas);
  const radius = canonicalRadius(params, canvas);
  return {
    ...(params.watermark !== undefined && { watermark: canonicalWatermark(params, watermark) }),
    ...(text && { text }),
    ...(radius !== 0 && { radius }),
  };
}

/**
 * A letter takes about two thirds of a square of its size. A text that would cover the picture is refused: it is
 * unreadable, and drawing it costs memory by the size of the text, not of the picture.
 * @throws TRANSFORM_INVALID
 */
export function assertTextFits({ content, size }: CanonicalText, { width, height }: Size): void {
  if (content.length * size * size > width * height) {
    throw imageErrors.TRANSFORM_INVALID(
      `A text of ${content.length} characters in size ${size} does not fit into ${width} × ${height} pixels.`,
    );
  }
}

/** In pixels: at most half the shorter side, which makes a circle of a square. */
export function radiusWithin(radius: number | 'max', { width, height }: Size): number {
  const most = Math.min(width, height) / 2;
  return radius === 'max' ? most : Math.min(radius, most);
}

function canonicalRadius({ radius = 0, dpr = 1 }: TransformParams, canvas: Size | null): number | 'max' {
  const pixels = radius === 'max' ? radius : radius * dpr;
  return canvas ? radiusWithin(pixels, canvas) : pixels;
}

function canonicalWatermark(
  params: TransformParams,
  source: WatermarkSource | undefined,
): CanonicalWatermark {
  if (source === undefined || source.mediaId !== params.watermark) {
    throw imageErrors.TRANSFORM_INVALID('The watermark can not be used.');
  }
  return {
    mediaId: source.mediaId,
    sha256: source.sha256,
    scale: params.watermarkScale ?? 0.25,
    opacity: params.watermarkOpacity ?? 1,
    ...(params.watermarkTile ? { tile: true } : { position: params.watermarkPosition ?? 'southeast' }),
  };
}

function canonicalText(params: TransformParams): CanonicalText | null {
  const content = (params.text ?? '')
    .normalize('NFC')
    .replace(/\r\n?/g, '\n')
    // Of the unprintable only the line break is drawn; directional overrides could make a text look like another.
    .replace(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}]/gu, '')
    .trim();
  if (content === '') return null;
  return {
    content,
    size: Math.round((params.textSize ?? 32) * (params.dpr ?? 1)),
    color: canonicalColour(params.textColor ?? 'ffffff'),
    position: params.textPosition ?? 'south',
  };
}
