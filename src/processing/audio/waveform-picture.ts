import { sharp } from '../image/sharp-runtime.js';
import { columnsOf, type Waveform } from './waveform.js';

/** The picture's size in pixels. */
export const waveformSize = { width: 1800, height: 280 } as const;

/** Bars of 4 pixels with 2 between them. */
const step = 6;
const barWidth = 4;
/** Silence is a line. */
const leastHeight = 2;
/** Seen on light and on dark pages. */
const colour = [0x3b, 0x82, 0xf6, 0xff] as const;

/** Draws a waveform as a PNG file: bars around the middle on a transparent ground. @returns its size in bytes */
export async function drawWaveform(waveform: Waveform, path: string): Promise<number> {
  const { width, height } = waveformSize;
  const pixels = Buffer.alloc(width * height * 4);
  const bars = columnsOf(waveform, width / step);
  for (const [at, swing] of bars.entries()) {
    const bar = Math.max(leastHeight, Math.round(swing * height));
    const top = Math.floor((height - bar) / 2);
    for (let y = top; y < top + bar; y += 1) {
      for (let x = at * step; x < at * step + barWidth; x += 1) pixels.set(colour, (y * width + x) * 4);
    }
  }
  const { size } = await sharp(pixels, { raw: { width, height, channels: 4 } })
    .png({ palette: true, compressionLevel: 9 })
    .toFile(path);
  return size;
}
