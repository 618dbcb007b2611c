import { imageErrors } from '../image.errors.js';
import { assertOutput } from './assert-output.js';
import { type CanonicalEffects, canonicalEffects } from './canonical/effects.js';
import { type CanonicalFrames, canonicalFrames } from './canonical/frames.js';
import { type CanonicalOutput, canonicalOutput } from './canonical/output.js';
import { type CanonicalOverlays, canonicalOverlays } from './canonical/overlays.js';
import { facePoint } from './geometry/face-point.js';
import { parsePosition } from './geometry/position.js';
import {
  type GeometryOnCanvas,
  type GeometryRequest,
  resolveGeometry,
  type ResolvedGeometry,
} from './geometry/resolve-geometry.js';
import { type CanonicalTurn, canonicalTurn, turnedSize } from './geometry/turn.js';
import type { OutputFormat, TransformParams } from './transform-params.js';
import type { TransformSource, WatermarkSource } from './transform-source.js';

/**
 * A request with all defaults filled in, sizes in real pixels and all that makes no difference left out, so
 * that requests for the same bytes are equal, and so are their hashes. Plain JSON.
 */
export interface CanonicalTransform
  extends
    CanonicalOutput,
    CanonicalFrames,
    CanonicalTurn,
    CanonicalEffects,
    CanonicalOverlays,
    ResolvedGeometry {
  /** Pixels of the result (of one frame). With `deferred` what they would be if trimming found nothing. */
  width: number;
  height: number;
  /** How far from the corner's colour a margin may be that is cut off. */
  trim?: number;
  /** What can be resolved only from the pixels: after trimming, and of later pages of a TIFF. */
  deferred?: GeometryRequest;
}

export interface CanonicalOptions {
  /** The format that `auto` (and no format) stands for. */
  negotiated: OutputFormat;
  /** Counting all frames. */
  maxOutputPixels: number;
  /** Found by the caller, when `requiredWatermark` names one. */
  watermark?: WatermarkSource;
}

/**
 * Resolves a request against a picture; looks at no pixel.
 * @throws TRANSFORM_INVALID when the output would be larger than `maxOutputPixels` or than its format allows, or
 * when the request does not fit the picture: no such page, a crop beyond its edge, a text too large
 */
export function canonicalTransform(
  params: TransformParams,
  source: TransformSource,
  options: CanonicalOptions,
): CanonicalTransform {
  const format = !params.format || params.format === 'auto' ? options.negotiated : params.format;
  const frames = canonicalFrames(params, source, format);
  const turn = canonicalTurn(params);
  const request = geometryRequest(params, source, turn);
  const resolved = resolveOrRefuse(request, turnedSize(turn, source));
  const { canvas, geometry } = resolved;
  const frameCount = frames.frames ?? 1;
  assertOutput(resolved, { format, frames: frameCount, maxOutputPixels: options.maxOutputPixels });
  const deferred = params.trim !== undefined || (frames.page !== undefined && !source.animated);
  const overlays = canonicalOverlays(params, deferred ? null : canvas, options.watermark);
  const output = canonicalOutput(params, {
    format,
    pixels: canvas.width * canvas.height,
    frames: frameCount,
    translucent:
      source.hasAlpha ||
      overlays.radius !== undefined ||
      (deferred ? mayBePadded(request) : isPadded(resolved)),
    source,
  });
  return {
    ...output,
    ...frames,
    ...turn,
    ...canvas,
    ...(params.trim !== undefined && { trim: params.trim }),
    ...(deferred ? { deferred: request } : geometry),
    ...canonicalEffects(params),
    ...overlays,
  };
}

function geometryRequest(
  params: TransformParams,
  source: TransformSource,
  turn: CanonicalTurn,
): GeometryRequest {
  const dpr = params.dpr ?? 1;
  const position = parsePosition(params.position ?? 'centre');
  const face = position === 'face' ? facePoint(source.faces, turn) : null;
  return {
    ...(params.width !== undefined && { width: params.width * dpr }),
    ...(params.height !== undefined && { height: params.height * dpr }),
    fit: params.fit ?? 'cover',
    ...(params.enlarge && { enlarge: true }),
    ...(params.crop !== undefined && { crop: params.crop }),
    position: position === 'face' ? 'attention' : position,
    ...(face && { face }),
  };
}

/** @throws TRANSFORM_INVALID for a crop of nothing */
export function resolveOrRefuse(...args: Parameters<typeof resolveGeometry>): GeometryOnCanvas {
  const resolved = resolveGeometry(...args);
  if (!resolved) throw imageErrors.TRANSFORM_INVALID('The crop begins beyond the edge of the picture.');
  return resolved;
}

/** Whether there is room around the picture. */
function isPadded({ canvas, geometry: { picture } }: GeometryOnCanvas): boolean {
  return picture !== undefined && (picture.width < canvas.width || picture.height < canvas.height);
}

function mayBePadded({ fit, width, height }: GeometryRequest): boolean {
  return (fit === 'contain' || fit === 'pad') && width !== undefined && height !== undefined;
}
