import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { imageFixture } from '../fixtures/image-fixtures.js';

/** A picture of one colour; other bytes for each number. */
export function plainPicture(width: number, height: number, number = 0): Promise<Buffer> {
  const background = { r: number % 256, g: 120, b: Math.floor(number / 256) };
  return sharp({ create: { width, height, channels: 3, background } })
    .png()
    .toBuffer();
}

/** A photo of 4000 × 3000 pixels, as JPEG. */
export async function photo(): Promise<Buffer> {
  return readFile(await imageFixture('photo-12mp.jpg'));
}

/** The smallest document that is recognized as PDF. */
export const pdf = Buffer.from(
  '%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n',
);

export const svg = Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><rect width="40" height="30" fill="red"/></svg>',
);
