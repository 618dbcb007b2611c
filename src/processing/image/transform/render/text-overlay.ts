import { createRequire } from 'node:module';
import type { CanonicalText } from '../canonical/overlays.js';
import { gravityPoint, placeOn } from '../geometry/position.js';
import type { Size } from '../geometry/size.js';
import { sharp } from '../../sharp-runtime.js';
import { escapeXml } from './escape-xml.js';
import { type Overlay, rawOverlay } from './overlay.js';

/** Latin, Cyrillic, Greek, Arabic, Hebrew and more; what it lacks comes from the fonts of the machine, if it has any. */
const font = 'DejaVu Sans';
const fontfile = createRequire(import.meta.url).resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf');

/** A text as pixels, placed: half its size away from the edges, wrapped at that width, smaller when it is still too large. */
export async function textOverlay(
  { content, size, color, position }: CanonicalText,
  canvas: Size,
): Promise<Overlay> {
  const margin = Math.min(Math.round(size / 2), Math.floor((Math.min(canvas.width, canvas.height) - 1) / 2));
  const room = { width: canvas.width - 2 * margin, height: canvas.height - 2 * margin };
  const { x, y } = gravityPoint(position);
  const { data, info } = await sharp({
    text: {
      text: `<span foreground="${color}">${escapeXml(content)}</span>`,
      font: `${font} ${size}`,
      fontfile,
      // A point is a pixel.
      dpi: 72,
      width: room.width,
      wrap: 'word-char',
      align: x === 0 ? 'left' : x === 1 ? 'right' : 'centre',
      rgba: true,
    },
  })
    .resize({ ...room, fit: 'inside', withoutEnlargement: true })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { left, top } = placeOn({ x, y }, info, room);
  return rawOverlay(data, info, { left: margin + left, top: margin + top });
}
