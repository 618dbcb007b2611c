/** One segment as it was encoded. */
export interface EncodedSegment {
  sizeBytes: number;
  /** In the time scale of its rendition. */
  ticks: number;
  /** Bytes from its beginning to the end of its first picture, for I-frame playlists; 0 of sound. */
  keyBytes: number;
}

/** Consecutive segments of one rendition, and the init segment that they need. */
export interface EncodedRun {
  /** RFC 6381. */
  codec: string;
  timescale: number;
  /** SHA-256 of the init segment: where it stays the same, one EXT-X-MAP serves. */
  initHash: string;
  initBytes: number;
  segments: EncodedSegment[];
}

/** Segments that one attempt has stored: of all rungs for a chunk, of one track for sound. */
export interface StoredRun {
  /** `video`, or the name of a track of sound. */
  track: string;
  /** Of the video, from 0. */
  firstSegment: number;
  /** Objects are `<prefix><rendition>/<number>.m4s`, numbered from 00001 through the video, and `init.mp4`. */
  prefix: string;
  /** By rendition: `480p`, `audio`. */
  renditions: Record<string, EncodedRun>;
  /** Nothing of the track follows. */
  last: boolean;
}

/** The track of the pictures, whose runs hold all rungs. */
export const videoTrack = 'video';
