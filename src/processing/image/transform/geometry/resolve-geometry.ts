import { resolveCrop } from './crop-box.js';
import { type Box, fitSize } from './fit-size.js';
import { placeBehind, placeOn, type Point } from './position.js';
import type { Size } from './size.js';
import type { Rect } from './turn.js';

export type SmartPosition = 'attention' | 'entropy';

/** What a client asked for, in output pixels; it can be resolved against any picture. */
export interface GeometryRequest extends Box {
  /** As `isCrop` accepts it; of the trimmed picture. */
  crop?: string;
  /** In fractions of what is resized. */
  position: Point | SmartPosition;
  /** Instead of `position`: in fractions of the turned picture, before trim and crop. */
  face?: Point;
}

/** A picture on its canvas. */
export interface ResolvedGeometry {
  /** Pixels of the turned (and trimmed) picture that are resized; left out for all of them. */
  crop?: Rect;
  /** What they are resized to; left out when they fill the canvas. */
  picture?: Size;
  /**
   * Where that lies on the canvas, in pixels: negative when the canvas shows but a part of it. Left out when it
   * fills the canvas. Named when the pixels must tell.
   */
  place?: { left: number; top: number } | SmartPosition;
}

export interface GeometryOnCanvas {
  canvas: Size;
  geometry: ResolvedGeometry;
}

/**
 * Resolves crop, size and position.
 * @param turned the whole picture, turned
 * @param trimmed the part of it that trimming has left
 * @returns null when nothing is left to show: the crop begins beyond the picture
 */
export function resolveGeometry(
  request: GeometryRequest,
  turned: Size,
  trimmed: Rect = { left: 0, top: 0, ...turned },
): GeometryOnCanvas | null {
  const crop = request.crop === undefined ? null : resolveCrop(request.crop, trimmed);
  if (request.crop !== undefined && !crop) return null;
  const kept = crop ?? { left: 0, top: 0, width: trimmed.width, height: trimmed.height };
  const { canvas, picture } = fitSize(request, kept);
  const isCropped = kept.width !== trimmed.width || kept.height !== trimmed.height;
  const position =
    request.face === undefined
      ? request.position
      : within(request.face, turned, {
          ...kept,
          left: trimmed.left + kept.left,
          top: trimmed.top + kept.top,
        });
  const fills = sameSize(picture, canvas);
  return {
    canvas,
    geometry: {
      ...(isCropped && { crop: kept }),
      ...(!fills && { picture, place: place(position, picture, canvas) }),
    },
  };
}

function place(
  position: Point | SmartPosition,
  picture: Size,
  canvas: Size,
): { left: number; top: number } | SmartPosition {
  const cuts = picture.width > canvas.width || picture.height > canvas.height;
  if (!cuts) {
    // Padding can't look for what matters.
    const point = typeof position === 'string' ? { x: 0.5, y: 0.5 } : position;
    return placeOn(point, picture, canvas);
  }
  return typeof position === 'string' ? position : placeBehind(position, picture, canvas);
}

function within({ x, y }: Point, { width, height }: Size, part: Rect): Point {
  return { x: (x * width - part.left) / part.width, y: (y * height - part.top) / part.height };
}

function sameSize(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height;
}
