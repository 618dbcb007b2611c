import type { InitSegment } from './mp4/init-segment.ts';
import type { Fragment } from './mp4/media-segment.ts';
import type { MediaPlaylist, PlaylistSegment } from './playlist/media-playlist.ts';
import type { Attributes, MultivariantPlaylist, Variant } from './playlist/multivariant-playlist.ts';
import type { Resource } from './resource.ts';

/** A file that was fetched, without its bytes. */
export interface Fetched {
  /** As the playlist names it, after that of the playlist. */
  name: string;
  role: 'playlist' | 'init' | 'segment' | 'subtitles' | 'key';
  uri: string;
  sizeBytes: number;
  http: Resource['http'];
}

/** A segment with what was found in it. */
export interface Segment extends PlaylistSegment {
  /** As it came: encrypted where it is. */
  sizeBytes: number;
  /** Empty where it could not be read. */
  fragments: Fragment[];
  /** The text of a WebVTT segment. */
  text: string | null;
}

export interface Rendition {
  name: string;
  role: 'video' | 'audio' | 'subtitles' | 'frames';
  playlist: MediaPlaylist;
  init: InitSegment | null;
  segments: Segment[];
}

/** Everything that a multivariant playlist leads to, read and measured: what the rules look at. */
export interface Presentation {
  master: MultivariantPlaylist;
  /** By the URI of their playlist as the multivariant playlist has it. */
  renditions: Map<string, Rendition>;
  files: Fetched[];
  /** Departures from the grammar of playlists, each with its section. */
  syntax: string[];
  /** What could not be fetched, or is no MP4. */
  unreadable: string[];
}

export interface VariantView extends Variant {
  video: Rendition;
  audio: Rendition[];
}

/** Its segments are encrypted, so that no byte range of one can be read. */
export function isEncrypted({ playlist }: Rendition): boolean {
  return playlist.segments.some(({ key }) => key !== null);
}

/** The variants that could be read, with the sound that may go with each. */
export function variantsOf({ master, renditions }: Presentation): VariantView[] {
  return master.variants.flatMap((variant) => {
    const video = renditions.get(variant.uri);
    if (!video) return [];
    const group = variant.attributes.get('AUDIO');
    const audio = mediaOf(master, 'AUDIO')
      .filter((attributes) => attributes.get('GROUP-ID') === group)
      .flatMap((attributes) => renditions.get(attributes.get('URI') ?? '') ?? []);
    return [{ ...variant, video, audio }];
  });
}

function mediaOf({ renditions }: MultivariantPlaylist, type: string): Attributes[] {
  return renditions.filter((attributes) => attributes.get('TYPE') === type);
}

export function byRole({ renditions }: Presentation, ...roles: Rendition['role'][]): Rendition[] {
  return [...renditions.values()].filter(({ role }) => roles.includes(role));
}

/** When a segment's first sample is decoded and its last one has ended, in seconds; null where it could not be read. */
export function decodeSpan(
  { init }: Rendition,
  { fragments }: Segment,
): { start: number; end: number } | null {
  const [first] = fragments;
  const last = fragments.at(-1);
  if (!init || !first || !last) return null;
  const length = last.samples.reduce((sum, { duration }) => sum + duration, 0);
  return {
    start: first.decodeTime / init.timescale,
    end: (last.decodeTime + length) / init.timescale,
  };
}

/** Of pictures, or of sound; as the samples themselves say. */
export function frameSeconds({ init, segments }: Rendition): number {
  const durations = segments
    .flatMap(({ fragments }) => fragments.flatMap(({ samples }) => samples.map(({ duration }) => duration)))
    .toSorted((a, b) => a - b);
  return (durations[durations.length >> 1] ?? 0) / (init?.timescale ?? 1);
}
