import type { ImageFormat } from '../image-metadata.js';

/** A part of a picture, in fractions of its sides as displayed. */
export interface FractionBox {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The picture a transform starts from: pixels as displayed. What is unknown is taken to be absent. */
export interface TransformSource {
  width: number;
  height: number;
  hasAlpha: boolean;
  /** Frames of an animation or pages of a TIFF. */
  frames?: number;
  /** Whether the frames are an animation's. */
  animated?: boolean;
  /** What is decoded: decides what shrinking while decoding saves. Unknown counts as no saving. */
  format?: ImageFormat;
  /** Name of the embedded profile. */
  iccName?: string;
  /** Faces found in the picture, for `position=face`. */
  faces?: readonly FractionBox[];
}

/** The picture of a watermark as the canonical form must know it. */
export interface WatermarkSource {
  mediaId: string;
  sha256: string;
}

/** What a transform draws besides the original: loaded, and allowed, by the caller. */
export interface TransformAssets {
  /** A file, or bytes; required when the canonical form names a watermark, and the content it names. */
  watermark?: string | Buffer;
}

/** Id of the media that the caller must find (with `WatermarkSource`) and load (for `TransformAssets`); or null. */
export function requiredWatermark(params: { watermark?: string }): string | null {
  return params.watermark ?? null;
}
