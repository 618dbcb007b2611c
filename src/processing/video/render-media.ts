export interface MediaPlaylistSegment {
  /** Relative to the playlist. */
  uri: string;
  seconds: number;
  /** The init segment that it needs, relative too. */
  initUri: string;
}

export interface MediaPlaylistContent {
  /** The same for as long as the playlist lives. */
  targetSeconds: number;
  segments: readonly MediaPlaylistSegment[];
  /** Where the key of all segments is, relative; null where they are not encrypted. Init segments never are. */
  keyUri?: string | null;
  /** No segment will follow. */
  ended: boolean;
}

/**
 * A media playlist (RFC 8216, 4.3.3): EVENT while it grows, and only ever by lines at its end; then VOD. Where
 * another init segment is needed a further EXT-X-MAP says so: an encoder of another build made it, for the same
 * codec, size and time line, so that no discontinuity is to be told. An EXT-X-KEY holds for what follows it, also for
 * the init segment of an EXT-X-MAP (RFC 8216bis, 4.4.4.4).
 */
export function renderMedia({ targetSeconds, segments, ended, keyUri = null }: MediaPlaylistContent): string {
  const lines = [
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    `#EXT-X-TARGETDURATION:${targetSeconds}`,
    '#EXT-X-MEDIA-SEQUENCE:1',
    `#EXT-X-PLAYLIST-TYPE:${ended ? 'VOD' : 'EVENT'}`,
    '#EXT-X-INDEPENDENT-SEGMENTS',
  ];
  let map = '';
  for (const { uri, seconds, initUri } of segments) {
    if (initUri !== map) {
      if (keyUri !== null && map !== '') lines.push('#EXT-X-KEY:METHOD=NONE');
      lines.push(`#EXT-X-MAP:URI="${initUri}"`);
      if (keyUri !== null) lines.push(`#EXT-X-KEY:METHOD=AES-128,URI="${keyUri}"`);
    }
    map = initUri;
    lines.push(`#EXTINF:${seconds.toFixed(6)},`, uri);
  }
  if (ended) lines.push('#EXT-X-ENDLIST');
  return `${lines.join('\n')}\n`;
}
