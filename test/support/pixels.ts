import sharp from 'sharp';

/** Decoded pixels as 8-bit sRGB with alpha, four bytes each. */
export interface Pixels {
  width: number;
  height: number;
  data: Buffer;
}

export async function readPixels(image: string | Buffer): Promise<Pixels> {
  const { data, info } = await sharp(image)
    .toColourspace('srgb')
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}

/** Red, green, blue and alpha of one pixel. */
export function pixelAt(pixels: Pixels, x: number, y: number): number[] {
  const at = (y * pixels.width + x) * 4;
  return [...pixels.data.subarray(at, at + 4)];
}

/** The greatest difference of a channel between two colours. */
export function colourDistance(a: readonly number[], b: readonly number[]): number {
  return Math.max(...a.map((value, index) => Math.abs(value - (b[index] ?? 0))));
}

/** Mean difference per channel, 0 (same) to 255. */
export function meanDifference(a: Pixels, b: Pixels): number {
  if (a.width !== b.width || a.height !== b.height) {
    throw new Error(`sizes differ: ${a.width}×${a.height} and ${b.width}×${b.height}`);
  }
  let sum = 0;
  for (let at = 0; at < a.data.length; at += 1) sum += Math.abs((a.data[at] ?? 0) - (b.data[at] ?? 0));
  return sum / a.data.length;
}

/** Mean red, green and blue of the fields of a grid, row by row. */
export function fieldMeans({ width, height, data }: Pixels, columns: number, rows: number): number[] {
  const sums = Array.from({ length: columns * rows }, () => [0, 0, 0, 0]);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const field = Math.floor((y * rows) / height) * columns + Math.floor((x * columns) / width);
      const sum = sums[field] ?? [];
      const at = (y * width + x) * 4;
      for (let channel = 0; channel < 3; channel += 1)
        sum[channel] = (sum[channel] ?? 0) + (data[at + channel] ?? 0);
      sum[3] = (sum[3] ?? 0) + 1;
    }
  }
  return sums.flatMap(([red = 0, green = 0, blue = 0, count = 1]) =>
    [red, green, blue].map((sum) => sum / count),
  );
}
