import type { Sharp } from 'sharp';
import type { CanonicalTransform } from '../canonical-transform.js';
import type { Size } from '../geometry/size.js';
import { type CanonicalTurn, turnedSize, unturnRect } from '../geometry/turn.js';

/** What is needed of a canonical transform once all sizes are known. */
export type KnownGeometry = CanonicalTurn &
  Pick<CanonicalTransform, 'crop' | 'picture' | 'place' | 'width' | 'height'>;

/**
 * Crops, resizes, turns, cuts and pads, in this order, which gives the same picture as turning first and keeps shrinking
 * while decoding: sharp gives that up when anything but a resize comes first.
 * @param image upright: with autoOrient, and no other operation yet
 * @param upright its size as displayed
 * @param padding colour of the room around the picture
 */
export function drawGeometry(
  image: Sharp,
  geometry: KnownGeometry,
  { upright, padding }: { upright: Size; padding: string | null },
): Sharp {
  const { crop, width, height, place } = geometry;
  const picture = geometry.picture ?? { width, height };
  if (crop) image.extract(unturnRect(geometry, crop, upright));
  // The inverse of a quarter turn swaps the sides as the turn does.
  const before = turnedSize(geometry, picture);
  if (typeof place === 'string') {
    image.resize({ ...turnedSize(geometry, { width, height }), fit: 'cover', position: place });
    return turn(image, geometry);
  }
  image.resize({ ...before, fit: 'fill' });
  turn(image, geometry);
  if (!place) return image;
  const { left, top } = place;
  if (left < 0 || top < 0 || picture.width > width || picture.height > height) {
    image.extract({ left: Math.max(0, -left), top: Math.max(0, -top), width, height });
    return image;
  }
  return image.extend({
    left,
    top,
    right: width - picture.width - left,
    bottom: height - picture.height - top,
    background: padding ?? { r: 0, g: 0, b: 0, alpha: 0 },
  });
}

/** sharp mirrors before it turns: there the inverse turn gives the same picture. */
function turn(image: Sharp, { rotate, flop }: CanonicalTurn): Sharp {
  if (flop) image.flop();
  if (rotate !== undefined) image.rotate(flop ? 360 - rotate : rotate);
  return image;
}
