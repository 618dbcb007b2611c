/** Loudness of a whole programme (EBU R 128, ITU-R BS.1770-4); null for what is silent throughout. */
export interface Loudness {
  /** LUFS */
  integratedLufs: number | null;
  /** LU */
  rangeLu: number;
  /** dBTP */
  truePeakDbtp: number | null;
}

/** What a second pass needs to know of the first. */
export interface LoudnessMeasure extends Loudness {
  /** Gate of the integrated loudness, LUFS. */
  thresholdLufs: number;
}

/** The absolute gate: nothing was louder. */
const silenceLufs = -70;

/**
 * Reads the summary that ffmpeg's ebur128 filter prints at its end.
 * @returns null when there is none: nothing was decoded
 */
export function parseLoudness(stderrTail: string): LoudnessMeasure | null {
  const summary = stderrTail.slice(stderrTail.lastIndexOf('Integrated loudness:'));
  const number = (pattern: RegExp) => {
    const text = pattern.exec(summary)?.[1];
    const value = text === undefined ? null : Number(text);
    return value !== null && Number.isFinite(value) ? value : null;
  };
  const integrated = number(/\bI:\s+(\S+) LUFS/);
  const threshold = number(/\bThreshold:\s+(\S+) LUFS/);
  if (integrated === null || threshold === null) return null;
  return {
    integratedLufs: integrated > silenceLufs ? integrated : null,
    thresholdLufs: threshold,
    rangeLu: number(/\bLRA:\s+(\S+) LU\b/) ?? 0,
    truePeakDbtp: number(/\bPeak:\s+(\S+) dBFS/),
  };
}

const maxTruePeakDbtp = -1;

/**
 * The filter that brings sound to a loudness, by one gain over all of it where its peaks allow that. Empty for
 * silence.
 */
export function normalizingFilter(measured: LoudnessMeasure, targetLufs: number): string[] {
  const { integratedLufs, rangeLu, truePeakDbtp, thresholdLufs } = measured;
  if (integratedLufs === null || truePeakDbtp === null) return [];
  const options = {
    I: targetLufs,
    TP: maxTruePeakDbtp,
    // Not below that of the source, which would be compressed then.
    LRA: Math.min(20, Math.max(7, Math.ceil(rangeLu))),
    measured_I: integratedLufs,
    measured_LRA: rangeLu,
    measured_TP: truePeakDbtp,
    measured_thresh: thresholdLufs,
    linear: true,
  };
  const list = Object.entries(options).map(([name, value]) => `${name}=${value}`);
  // The filter itself puts out 192 kHz.
  return [`loudnorm=${list.join(':')}`, 'aresample=48000'];
}
