import type { Rung } from '../../config/index.js';

/** One rendition that is to be made. */
export interface LadderRung {
  /** Unique within a video, and its directory: `720p`. */
  name: string;
  width: number;
  height: number;
  /** Upper limit of the video's bit rate. */
  bitrateKbps: number;
}

/**
 * The rungs for a video of the given display size: by the short side, never enlarged, aspect kept, sides
 * even (H.264 4:2:0). What is smaller than every rung gets one of its own size.
 * @param rungs as configured, lowest first, at least one
 */
export function ladderFor(display: { width: number; height: number }, rungs: readonly Rung[]): LadderRung[] {
  const shortSide = Math.min(display.width, display.height);
  const fitting = rungs.filter((rung) => rung.shortSide <= shortSide);
  const [lowest] = rungs;
  if (!lowest) throw new Error('the ladder has no rungs');
  const chosen = fitting.length > 0 ? fitting : [{ ...lowest, shortSide: even(shortSide, Math.floor) }];
  return chosen.map(({ shortSide, bitrateKbps }) => {
    const { width, height } = sizeFor(display, shortSide);
    return { name: `${shortSide}p`, width, height, bitrateKbps };
  });
}

function sizeFor(display: { width: number; height: number }, shortSide: number) {
  const scale = shortSide / Math.min(display.width, display.height);
  const longSide = even(Math.max(display.width, display.height) * Math.min(scale, 1), Math.round);
  return display.width >= display.height
    ? { width: longSide, height: shortSide }
    : { width: shortSide, height: longSide };
}

function even(side: number, round: (value: number) => number): number {
  return Math.max(2, round(side / 2) * 2);
}
