import { type Fraction, toNumber } from '../ffmpeg/index.js';

const maxRate = 60;

/** Rates that players and screens know. */
const standardRates: readonly Fraction[] = [
  { num: 24_000, den: 1001 },
  { num: 24, den: 1 },
  { num: 25, den: 1 },
  { num: 30_000, den: 1001 },
  { num: 30, den: 1 },
  { num: 48, den: 1 },
  { num: 50, den: 1 },
  { num: 60_000, den: 1001 },
  { num: 60, den: 1 },
];

const fallback: Fraction = { num: 25, den: 1 };

export interface SourceRates {
  average: Fraction | null;
  /** The lowest rate that all time stamps fit: near the average only when the rate is constant. */
  nominal: Fraction | null;
  /** Packets per second as counted, where there were at least two. */
  measured: number | null;
}

/**
 * The constant rate that a source is encoded at, at most 60. A standard rate near the source's is taken for
 * it; faster ones are halved; a variable rate gets the standard rate above its average, and at least 30,
 * since the average of a screen recording says nothing about its motion.
 */
export function outputFrameRate({ average, nominal, measured }: SourceRates): Fraction {
  const rate = plausible(average, measured);
  if (rate === null) return fallback;
  const constant = nominal !== null && isNear(toNumber(nominal), toNumber(rate), 0.02) ? nominal : null;
  if (constant === null) return variableRate(toNumber(rate));
  let { num, den } = constant;
  while (num / den > maxRate * 1.005) den *= 2;
  return standardRates.find((known) => isNear(toNumber(known), num / den, 0.0004)) ?? reduce({ num, den });
}

/** Headers lie; but packets of interlaced video may be fields, two to a frame. */
function plausible(average: Fraction | null, measured: number | null): Fraction | null {
  if (measured === null) return average !== null && toNumber(average) <= 240 ? average : null;
  if (average !== null && isNear(toNumber(average), measured, 0.5)) return average;
  return { num: Math.max(1, Math.round(measured * 1000)), den: 1000 };
}

function variableRate(average: number): Fraction {
  const wanted = Math.max(average * 0.98, 29.9);
  const found = standardRates.find((known) => toNumber(known) >= wanted && known.den === 1);
  return found ?? { num: maxRate, den: 1 };
}

function isNear(a: number, b: number, share: number): boolean {
  return Math.abs(a - b) <= share * b;
}

/** Keeps a rate's terms small enough for every time base. */
function reduce({ num, den }: Fraction): Fraction {
  return den <= 1001 && num <= 60_060 ? { num, den } : { num: Math.round((num / den) * 1000), den: 1000 };
}
