/** What goes between the service and the process that looks at pictures. */

/** A picture: three bytes a pixel, sRGB. */
export interface AnalysedPicture {
  width: number;
  height: number;
  pixels: Uint8Array;
}

/** Fractions of the picture's width and height, from the upper left; may reach beyond it. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** What was seen, however uncertain; null for what was not looked for. Scores are 0 to 1. */
export interface Detections {
  faces: (Box & { score: number })[] | null;
  objects: (Box & { score: number; label: string })[] | null;
  nsfw: Record<string, number> | null;
}

export type AnalysisAnswer = { ready: true } | { detections: Detections } | { error: string };
