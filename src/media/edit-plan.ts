export const watermarkPositions = ['top-left', 'top-right', 'bottom-left', 'bottom-right', 'centre'] as const;
export type WatermarkPosition = (typeof watermarkPositions)[number];

export type EditOperation =
  /** Seconds from the beginning of the video. */
  | { type: 'clip'; start: number; end: number }
  | { type: 'mute' }
  /** Clockwise, beyond how it is displayed. */
  | { type: 'rotate'; degrees: 90 | 180 | 270 }
  | {
      type: 'watermark';
      /** An image. */
      mediaId: string;
      position: WatermarkPosition;
      /** 0 to 1 */
      opacity: number;
      /** Of the video's width. */
      scale: number;
    };

/** What an edit makes a new video of. */
export interface EditPlan {
  /** Videos: one, or several that are put one behind the other. */
  sources: string[];
  /** Of each type at most one. */
  operations: EditOperation[];
}
