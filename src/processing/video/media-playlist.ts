/** One entry of a media playlist. */
export interface PlaylistSegment {
  uri: string;
  seconds: number;
}

export interface MediaPlaylist {
  targetSeconds: number;
  /** EXT-X-MAP. */
  initUri: string | null;
  segments: PlaylistSegment[];
  /** EXT-X-ENDLIST. */
  ended: boolean;
}

/** Reads a media playlist (RFC 8216, 4.3) as far as our own ones use the format. */
export function parseMediaPlaylist(text: string): MediaPlaylist {
  const playlist: MediaPlaylist = { targetSeconds: 0, initUri: null, segments: [], ended: false };
  let seconds = 0;
  for (const line of text.split(/\r?\n/)) {
    const [, tag, value = ''] = /^#(EXT[^:]*):?(.*)$/.exec(line) ?? [];
    if (tag === 'EXT-X-TARGETDURATION') playlist.targetSeconds = Number(value);
    else if (tag === 'EXT-X-MAP') playlist.initUri = /URI="([^"]*)"/.exec(value)?.[1] ?? null;
    else if (tag === 'EXT-X-ENDLIST') playlist.ended = true;
    else if (tag === 'EXTINF') seconds = Number.parseFloat(value);
    else if (line !== '' && !line.startsWith('#')) playlist.segments.push({ uri: line, seconds });
  }
  return playlist;
}
