/**
 * Draws an SVG into a PNG: `node svg-renderer.child.js <drawing> <png> <longest side> [<width> <height>]`. A process of
 * its own, because libvips can't be stopped within a step and librsvg spends memory as it likes; and
 * the only place where libvips may open an SVG. Like the decoders it imports packages alone.
 */
import { readFile } from 'node:fs/promises';
import sharp from 'sharp';

const [drawing = '', png = '', longestSide = '', declaredWidth, declaredHeight] = process.argv.slice(2);
const side = Number(longestSide);
/** What librsvg takes for one pixel a unit. */
const plainDensity = 72;

sharp.concurrency(1);
sharp.cache(false);
sharp.block({ operation: ['VipsForeignLoad'] });
// From bytes, which have no place: nothing can be named relative to it. From a file, its neighbours could.
sharp.unblock({ operation: ['VipsForeignLoadSvgBuffer'] });

async function sizeOf(bytes: Buffer): Promise<{ width: number; height: number }> {
  if (declaredWidth && declaredHeight)
    return { width: Number(declaredWidth), height: Number(declaredHeight) };
  const { width, height } = await sharp(bytes).metadata();
  return { width, height };
}

async function draw(): Promise<object> {
  const bytes = await readFile(drawing);
  const natural = await sizeOf(bytes);
  // Vectors lose nothing by being drawn large.
  const density = (plainDensity * side) / Math.max(natural.width, natural.height);
  const { data, info } = await sharp(bytes, { density: Math.min(Math.max(density, 1), 100_000) })
    .resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb')
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  const hasAlpha = data.some((value, index) => index % 4 === 3 && value !== 255);
  const pixels = sharp(data, { raw: { width, height, channels: 4 } });
  const { size } = await (hasAlpha ? pixels : pixels.removeAlpha()).png({ compressionLevel: 6 }).toFile(png);
  return { width, height, hasAlpha, sizeBytes: size, natural };
}

const answer = await draw().catch((error: unknown) => ({ fault: String(error) }));
process.stdout.write(`${JSON.stringify(answer)}\n`);
