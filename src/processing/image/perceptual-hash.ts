import type { Sharp } from 'sharp';

/** Side of the grey picture that is looked at. */
export const hashSide = 32;
const bits = 64;
/** The 64 lowest frequencies besides the mean lie within the first eleven of each direction. */
const frequencyCount = 11;

/** cos(π(2x + 1)u / 2N), scaled so that the transform keeps the energy (DCT-II, orthonormal). */
const basis = Array.from({ length: frequencyCount }, (_, u) =>
  Float64Array.from(
    { length: hashSide },
    (__, x) =>
      Math.sqrt((u === 0 ? 1 : 2) / hashSide) * Math.cos((Math.PI * (2 * x + 1) * u) / (2 * hashSide)),
  ),
);

/** The 64 lowest frequencies, as pairs of horizontal and vertical: by their sum, then by the horizontal. */
export const frequencies = Array.from({ length: frequencyCount ** 2 }, (_, index) => ({
  u: index % frequencyCount,
  v: Math.floor(index / frequencyCount),
}))
  .sort((a, b) => a.u + a.v - b.u - b.v || a.u - b.u)
  .slice(1, bits + 1);

/** How much of each of the lowest frequencies is in a grey picture of 32 × 32. */
export function lowFrequencies(grey: ArrayLike<number>): number[] {
  const rows = Array.from({ length: hashSide }, (_, y) =>
    basis.map((wave) => wave.reduce((sum, factor, x) => sum + factor * (grey[y * hashSide + x] ?? 0), 0)),
  );
  return frequencies.map(
    ({ u, v }) => basis[v]?.reduce((sum, factor, y) => sum + factor * (rows[y]?.[u] ?? 0), 0) ?? 0,
  );
}

/** Below this contrast (standard deviation, in grey levels) a picture is a plane, and any two would look the same. */
const minContrast = 1;
/**
 * What is so little above the median, in shares of the contrast, is an encoder's noise: drawings have most
 * frequencies at nearly zero, and without it a JPEG of quality 60 of a disc is 20 bits away, with it none.
 */
const deadZone = 0.1;
/** With fewer bits set a picture is near every other one that has so few: a plain gradient, a disc. */
const minBitsSet = 12;

/**
 * 64 bits that change little when a picture is scaled, encoded again or brightened: which of its lowest
 * frequencies are stronger than their median (the DCT variant of C. Zauner, "Implementation and Benchmarking
 * of Perceptual Image Hash Functions", 2010; here with the frequencies along the edges).
 * @param grey 32 × 32 levels of 0 to 255
 * @returns as a signed integer, as PostgreSQL has them; null for a picture with too little structure to compare
 */
export function perceptualHash(grey: ArrayLike<number>): bigint | null {
  const coefficients = lowFrequencies(grey);
  const contrast = Math.hypot(...coefficients) / hashSide;
  if (contrast < minContrast) return null;
  const sorted = coefficients.toSorted((a, b) => a - b);
  const threshold = ((sorted[bits / 2 - 1] ?? 0) + (sorted[bits / 2] ?? 0)) / 2 + deadZone * contrast;
  const set = coefficients.map((value) => value > threshold);
  if (set.filter(Boolean).length < minBitsSet) return null;
  return BigInt.asIntN(
    bits,
    set.reduce((hash, bit) => (hash << 1n) | BigInt(bit), 0n),
  );
}

/** The hash of a decoded picture, upright and in sRGB; what is transparent counts as white. */
export async function hashPicture(picture: Sharp): Promise<bigint | null> {
  const grey = await picture
    .flatten({ background: 'white' })
    .greyscale()
    .resize({ width: hashSide, height: hashSide, fit: 'fill' })
    .raw()
    .toBuffer();
  return perceptualHash(grey);
}
