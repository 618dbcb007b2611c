/**
 * Search for hashes of 64 bits within a Hamming distance by an index on equality (multi-index hashing:
 * M. Norouzi, A. Punjani, D. J. Fleet, "Fast Search in Hamming Space with Multi-Index Hashing", CVPR 2012).
 * A hash is cut into four bands of 16 bits. Of two hashes within a distance d at least one band differs in no
 * more than d / 4 bits, so whoever asks for all values that near to each of its bands misses none.
 */
const bandCount = 4;
const bandBits = 16;

/** Up to 11 a band is searched for within two bits: 548 values in all. Within three they would be 2788. */
export const maxHammingDistance = 11;

/** All ways to change so many bits of a band, or fewer. */
const masksWithin = [0, 1, 2].map((radius) =>
  Array.from({ length: 2 ** bandBits }, (_, mask) => mask).filter((mask) => bitCount(mask) <= radius),
);

/**
 * What the index has to be asked for: every hash within the distance has one of these tokens at least. Many
 * that are farther away have one too.
 * @param hash signed or unsigned
 */
export function bandTokens(hash: bigint, distance: number): number[] {
  const masks = masksWithin[Math.floor(distance / bandCount)];
  if (!masks) throw new RangeError(`the index finds nothing beyond a distance of ${maxHammingDistance}`);
  return Array.from({ length: bandCount }, (_, band) => {
    const shift = BigInt(bandBits * (bandCount - 1 - band));
    const value = Number(BigInt.asUintN(bandBits, hash >> shift));
    return masks.map((mask) => (band << bandBits) | (value ^ mask));
  }).flat();
}

/** SQL for the tokens of a column itself: number of the band in the high bits, its value in the low ones. */
export function bandsOf(column: string): string {
  const bands = Array.from({ length: bandCount }, (_, band) => {
    const shift = bandBits * (bandCount - 1 - band);
    return `(((${column} >> ${shift}) & ${2 ** bandBits - 1}) | ${band << bandBits})::int`;
  });
  return `array[${bands.join(', ')}]`;
}

function bitCount(value: number): number {
  let count = 0;
  for (let rest = value; rest > 0; rest >>= 1) count += rest & 1;
  return count;
}
