import type { Sharp } from 'sharp';
import type { Size } from '../geometry/size.js';
import { type CanonicalTurn, turnedSize, unturnRect } from '../geometry/turn.js';
import type { SettledTransform } from './settle.js';

/** A picture as it stands before it is turned, and the turn. */
export interface Standing {
  /** As displayed, when sharp is to apply its EXIF orientation. */
  size: Size;
  turn: CanonicalTurn;
  /** Whether there is an orientation that sharp has to apply. */
  oriented: boolean;
}

type Geometry = Pick<SettledTransform, 'crop' | 'picture' | 'place' | 'width' | 'height'>;

/**
 * Crops, resizes and turns, in this order, which gives the same picture as turning first and keeps shrinking while
 * decoding: sharp gives that up when a turn comes before the resize. `placePicture` follows.
 * @param image without any operation yet
 */
export function drawPicture(image: Sharp, geometry: Geometry, { size, turn }: Standing): Sharp {
  const { crop, width, height, picture = { width, height } } = geometry;
  // Else a result with EXIF of its own would be turned again by whoever shows it.
  image.autoOrient();
  if (crop) image.extract(unturnRect(turn, crop, size));
  // The inverse of a quarter turn swaps the sides as the turn does.
  image.resize({ ...turnedSize(turn, picture), fit: 'fill' });
  return applyTurn(image, turn);
}

/** Whether `placePicture` needs pixels that stand upright: sharp would orient all of them before it resizes. */
export function needsUpright({ place, picture }: Geometry, { oriented }: Standing): boolean {
  return place !== undefined && picture !== undefined && (typeof place === 'string' || oriented);
}

/** Cuts a picture that is larger than the result, pads one that is smaller. */
export function placePicture(
  image: Sharp,
  { width, height, place, picture }: Geometry,
  padding: string | null,
): Sharp {
  if (place === undefined || picture === undefined) return image;
  if (typeof place === 'string') return image.resize({ width, height, fit: 'cover', position: place });
  const { left, top } = place;
  if (picture.width > width || picture.height > height) {
    return image.extract({ left: 0 - left, top: 0 - top, width, height });
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
function applyTurn(image: Sharp, { rotate, flop }: CanonicalTurn): Sharp {
  if (flop) image.flop();
  if (rotate !== undefined) image.rotate(flop ? 360 - rotate : rotate);
  return image;
}
