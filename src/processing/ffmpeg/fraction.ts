/** A rational number as media tools write it: frame rates, aspect ratios. */
export interface Fraction {
  num: number;
  den: number;
}

/** Reads `30000/1001` and `16:9`; null for what has no value, `0/0` among it. */
export function parseFraction(text: unknown): Fraction | null {
  const match = typeof text === 'string' ? /^(\d+)[/:](\d+)$/.exec(text) : null;
  const [num, den] = [Number(match?.[1]), Number(match?.[2])];
  return num > 0 && den > 0 ? { num, den } : null;
}

export function toNumber({ num, den }: Fraction): number {
  return num / den;
}
