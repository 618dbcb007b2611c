/** Captions of a media, as playlists speak of them. */
export interface CaptionTrack {
  /** BCP 47, canonical; unique within its media. */
  language: string;
  /** For people. */
  label: string;
  /** Names the bytes: another one whenever they change. */
  tag: string;
}

/** GROUP-ID of the captions. */
const group = 'captions';

/** Where a track's playlist is, from the multivariant playlist. */
function captionPlaylistPath({ language }: Pick<CaptionTrack, 'language'>): string {
  return `captions/${language}/index.m3u8`;
}

/** Beside its playlist: the bytes under this name never change. */
export function captionFileName({ tag }: Pick<CaptionTrack, 'tag'>): string {
  return `${tag}.vtt`;
}

/** The file itself, from the multivariant playlist. */
export function captionFilePath(track: CaptionTrack): string {
  return `captions/${track.language}/${captionFileName(track)}`;
}

/**
 * What the multivariant playlist says of captions (RFC 8216bis, 4.4.6.1): lines of their own, and what every
 * variant has to say. None is shown unless the viewer, or a system that is set to show them, asks.
 */
export function captionMedia(tracks: readonly CaptionTrack[]): {
  media: string[];
  variantAttributes: string[];
} {
  const names = new Set<string>();
  const media = tracks.map((track) => {
    const attributes = [
      'TYPE=SUBTITLES',
      `GROUP-ID="${group}"`,
      `NAME="${uniqueName(track, names)}"`,
      `LANGUAGE="${track.language}"`,
      'DEFAULT=NO,AUTOSELECT=YES,FORCED=NO',
      `URI="${captionPlaylistPath(track)}"`,
    ];
    return `#EXT-X-MEDIA:${attributes.join(',')}`;
  });
  return { media, variantAttributes: tracks.length > 0 ? [`SUBTITLES="${group}"`] : [] };
}

/** 4.4.6.1.1: names differ within a group; and a quoted string has neither quotes nor line ends. */
function uniqueName({ label, language }: CaptionTrack, taken: Set<string>): string {
  // oxlint-disable-next-line no-control-regex
  const plain = label.replace(/["\u0000-\u001f\u007f]/g, ' ').trim() || language;
  const name = taken.has(plain) ? `${plain} (${language})` : plain;
  taken.add(name);
  return name;
}

/** The playlist of a track: one segment for the whole video (Apple HLS Authoring Specification, 5.5 and 5.7). */
export function captionPlaylist(track: Pick<CaptionTrack, 'tag'>, durationMs: number): string {
  const seconds = Math.max(durationMs, 1) / 1000;
  return [
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    `#EXT-X-TARGETDURATION:${Math.ceil(seconds)}`,
    '#EXT-X-MEDIA-SEQUENCE:1',
    '#EXT-X-PLAYLIST-TYPE:VOD',
    `#EXTINF:${seconds.toFixed(3)},`,
    captionFileName(track),
    '#EXT-X-ENDLIST',
    '',
  ].join('\n');
}
