/** A text that is shown for a time. */
export interface Cue {
  startMs: number;
  endMs: number;
  /** Position and alignment as WebVTT writes them; empty for the player's own. */
  settings: string;
  /** WebVTT cue text: `&` and `<` are written as entities where they are no markup. One or more lines, none blank. */
  text: string;
}

/** What is wrong with a caption file, and where. The message is for its author. */
export class CaptionProblem extends Error {
  constructor(
    /** From 1. */
    readonly line: number,
    message: string,
  ) {
    super(message);
  }
}

/** More than any film has; each becomes objects in a player. */
const maxCues = 20_000;

/** A block of lines without a blank one. */
export interface Block {
  /** Of its first line, from 1. */
  line: number;
  lines: string[];
}

/** The blocks of a file, with any kind of line end (WebVTT, 4.1). */
export function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let current: Block | null = null;
  for (const [at, line] of text.split(/\r\n|\n|\r/).entries()) {
    if (line.trim() === '') current = null;
    else if (current) current.lines.push(line);
    else blocks.push((current = { line: at + 1, lines: [line] }));
  }
  return blocks;
}

/** @throws CaptionProblem for times that are none, or that end before they start */
export function spanOf(
  start: number | null,
  end: number | null,
  line: number,
): { startMs: number; endMs: number } {
  if (start === null || end === null) throw new CaptionProblem(line, 'The times can not be read');
  if (end <= start) throw new CaptionProblem(line, 'The cue ends before it starts');
  return { startMs: start, endMs: end };
}

/** @throws CaptionProblem when there are none, or too many. @returns the cues by their start */
export function inOrder(cues: Cue[]): Cue[] {
  if (cues.length === 0) throw new CaptionProblem(1, 'The file has no cues');
  if (cues.length > maxCues) throw new CaptionProblem(1, `The file has more than ${maxCues} cues`);
  return cues.toSorted((a, b) => a.startMs - b.startMs);
}
