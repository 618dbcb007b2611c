import type { TransformParams } from '../../processing/index.js';

/** Header fields that the answer depends on when client hints are followed, for Vary. */
export const hintFields = ['DPR', 'Width', 'Sec-CH-DPR', 'Sec-CH-Width', 'Save-Data'] as const;

/** For Accept-CH: what browsers send only when asked to. Save-Data comes unasked. */
export const requestedHints = 'DPR, Width, Sec-CH-DPR, Sec-CH-Width';

/** What a client says of its screen and connection, in steps: each costs the caches one more entry. */
export interface ClientHints {
  /** Device pixels for each CSS pixel. */
  dpr: number | null;
  /** Device pixels that the picture will take. */
  width: number | null;
  saveData: boolean;
}

const dprSteps = [1, 1.5, 2, 3];
const widthSteps = [160, 320, 480, 640, 800, 960, 1280, 1600, 1920, 2560, 3200, 3840];

/** What qualities come down to for those who save data: about half the bytes of the defaults. */
const savingQuality = { avif: 38, other: 60 };

type Headers = Readonly<Record<string, string | string[] | undefined>>;

export function readClientHints(headers: Headers): ClientHints {
  return {
    dpr: step(dprSteps, headers['sec-ch-dpr'] ?? headers['dpr']),
    width: step(widthSteps, headers['sec-ch-width'] ?? headers['width']),
    saveData: headers['save-data'] === 'on',
  };
}

/**
 * Fills in what a request leaves open; what it names stays. A width that the client will use needs no `dpr`: it is in
 * device pixels.
 */
export function applyClientHints(
  params: TransformParams,
  hints: ClientHints,
  format: string,
): TransformParams {
  const sized = params.width !== undefined || params.height !== undefined;
  return {
    ...params,
    ...(!sized && hints.width !== null && { width: hints.width }),
    ...(sized && params.dpr === undefined && hints.dpr !== null && !hints.saveData && { dpr: hints.dpr }),
    ...(hints.saveData &&
      params.quality === undefined && {
        quality: format === 'avif' ? savingQuality.avif : savingQuality.other,
      }),
  };
}

/** The smallest step that is enough, else the last; null for what is no number. */
function step(steps: readonly number[], value: string | string[] | undefined): number | null {
  if (typeof value !== 'string' || !/^\d{1,5}(?:\.\d{1,4})?$/.test(value)) return null;
  return steps.find((candidate) => candidate >= Number(value)) ?? steps.at(-1) ?? null;
}
