/** From linear Display P3 to linear sRGB, both with the white of D65 (SMPTE EG 432-1, IEC 61966-2-1). */
const p3ToSrgb: readonly (readonly number[])[] = [
  [1.2249401, -0.2249404, 0],
  [-0.0420569, 1.0420571, 0],
  [-0.0196376, -0.0786361, 1.0982735],
];

/** What a colour of Display P3 is in sRGB, both as 8-bit values; for colours that both spaces have. */
export function fromDisplayP3(colour: readonly number[]): number[] {
  const linear = colour.map((value) => toLinear(value / 255));
  return p3ToSrgb.map((row) => {
    const sum = row.reduce((total, factor, index) => total + factor * (linear[index] ?? 0), 0);
    return Math.round(fromLinear(sum) * 255);
  });
}

function toLinear(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

function fromLinear(value: number): number {
  return value <= 0.0031308 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055;
}
