/** Fractions of the width and height of the picture as displayed, from its upper left; wholly within it. */
export interface PictureArea {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface FoundFace extends PictureArea {
  /** How certain it is, 0 to 1. */
  score: number;
}

export interface FoundObject extends FoundFace {
  /** One of the 80 names of COCO, in English: `person`, `dog`, `traffic light`. */
  label: string;
}

export interface NsfwVerdict {
  /** How likely it is that not everybody wants to see it, 0 to 1. */
  score: number;
  /** What that is made of; the shares of all classes add up to 1. */
  classes: Record<string, number>;
}

/** What was seen in a picture; null for what was not looked for. */
export interface MediaAnalysis {
  /** ISO 8601. */
  analysedAt: string;
  faces: FoundFace[] | null;
  objects: FoundObject[] | null;
  nsfw: NsfwVerdict | null;
  /** Why there is nothing, when it failed for good. */
  failureCode: string | null;
}

/** Under which it is kept in a media's `metadata`, which is replaced whenever the media is processed. */
export const ANALYSIS = 'analysis';

/** @param metadata of a `Media` or a `MediaView`; null when its picture was not analysed, or not yet */
export function analysisOf(metadata: Readonly<Record<string, unknown>>): MediaAnalysis | null {
  return (metadata[ANALYSIS] as MediaAnalysis | undefined) ?? null;
}

/** The faces of a picture, the most certain first; none when nobody has looked for any. */
export function facesOf(metadata: Readonly<Record<string, unknown>>): FoundFace[] {
  return analysisOf(metadata)?.faces ?? [];
}
