import { parseAttributes } from './attribute-list.ts';
import { type Line, readLines } from './lines.ts';
import { readKey, type SegmentKey } from './segment-key.ts';

export interface ByteRange {
  offset: number;
  length: number;
}

export interface PlaylistSegment {
  uri: string;
  /** Media sequence number. */
  number: number;
  /** EXTINF */
  seconds: number;
  range: ByteRange | null;
  /** The EXT-X-MAP that holds for it. */
  map: { uri: string; range: ByteRange | null; key: SegmentKey | null } | null;
  /** The EXT-X-KEY that holds for it. */
  key: SegmentKey | null;
}

export interface MediaPlaylist {
  version: number;
  targetSeconds: number;
  type: 'VOD' | 'EVENT' | null;
  framesOnly: boolean;
  independent: boolean;
  ended: boolean;
  segments: PlaylistSegment[];
  /** Features that it uses, each with the least EXT-X-VERSION that has it. */
  needs: Map<string, number>;
}

const onceOnly = new Set([
  'EXT-X-VERSION',
  'EXT-X-TARGETDURATION',
  'EXT-X-MEDIA-SEQUENCE',
  'EXT-X-DISCONTINUITY-SEQUENCE',
  'EXT-X-PLAYLIST-TYPE',
  'EXT-X-ENDLIST',
  'EXT-X-I-FRAMES-ONLY',
  'EXT-X-INDEPENDENT-SEGMENTS',
]);
const onlyMultivariant = /^EXT-X-(?:MEDIA|STREAM-INF|I-FRAME-STREAM-INF|SESSION-DATA|SESSION-KEY)$/;

/** Reads a media playlist by RFC 8216bis, 4.4.3 and 4.4.4; every departure is complained of. */
export function parseMediaPlaylist(text: string, complain: (problem: string) => void): MediaPlaylist {
  const reader = new Reader(complain);
  for (const line of readLines(text, complain)) reader.read(line);
  return reader.finish();
}

class Reader {
  readonly #playlist: MediaPlaylist = {
    version: 1,
    targetSeconds: 0,
    type: null,
    framesOnly: false,
    independent: false,
    ended: false,
    segments: [],
    needs: new Map(),
  };
  readonly #seen = new Set<string>();
  readonly #complain: (problem: string) => void;
  #seconds: number | null = null;
  #range: { length: number; offset: number | null } | null = null;
  #map: PlaylistSegment['map'] = null;
  #key: SegmentKey | null = null;
  #firstNumber = 0;

  constructor(complain: (problem: string) => void) {
    this.#complain = complain;
  }

  read({ number, tag, value }: Line): void {
    if (tag === null) this.#segment(value, number);
    else if (onlyMultivariant.test(tag)) this.#complain(`RFC 8216bis 4.4.6: ${tag} in a media playlist`);
    else {
      if (onceOnly.has(tag) && this.#seen.has(tag)) {
        this.#complain(`RFC 8216bis 4.4.3: ${tag} occurs more than once`);
      }
      this.#seen.add(tag);
      this.#tag(tag, value);
    }
  }

  finish(): MediaPlaylist {
    const playlist = this.#playlist;
    if (!this.#seen.has('EXT-X-TARGETDURATION')) {
      this.#complain('RFC 8216bis 4.4.3.1: no EXT-X-TARGETDURATION');
    }
    if (this.#seconds !== null) this.#complain('RFC 8216bis 4.4.4.1: an EXTINF without a segment');
    if (playlist.segments.some(({ map }) => map !== null)) {
      playlist.needs.set('EXT-X-MAP', playlist.framesOnly ? 5 : 6);
    }
    return playlist;
  }

  #tag(tag: string, value: string): void {
    const playlist = this.#playlist;
    switch (tag) {
      case 'EXT-X-VERSION':
        playlist.version = this.#integer(tag, value);
        break;
      case 'EXT-X-TARGETDURATION':
        playlist.targetSeconds = this.#integer(tag, value);
        break;
      case 'EXT-X-MEDIA-SEQUENCE':
        this.#firstNumber = this.#integer(tag, value);
        if (playlist.segments.length > 0) {
          this.#complain('RFC 8216bis 4.4.3.2: EXT-X-MEDIA-SEQUENCE after the first segment');
        }
        break;
      case 'EXT-X-PLAYLIST-TYPE':
        if (value === 'VOD' || value === 'EVENT') playlist.type = value;
        else this.#complain(`RFC 8216bis 4.4.3.5: playlist type ${value}`);
        break;
      case 'EXT-X-I-FRAMES-ONLY':
        playlist.framesOnly = true;
        playlist.needs.set(tag, 4);
        break;
      case 'EXT-X-INDEPENDENT-SEGMENTS':
        playlist.independent = true;
        break;
      case 'EXT-X-ENDLIST':
        playlist.ended = true;
        break;
      case 'EXT-X-MAP':
        this.#readMap(value);
        break;
      case 'EXT-X-KEY':
        this.#key = readKey(value, this.#complain);
        if (this.#key?.iv) playlist.needs.set('IV', 2);
        break;
      case 'EXT-X-BYTERANGE':
        this.#range = this.#readRange(value);
        playlist.needs.set(tag, 4);
        break;
      case 'EXTINF':
        this.#seconds = this.#duration(value);
        break;
    }
  }

  #segment(uri: string, line: number): void {
    if (this.#seconds === null) this.#complain(`RFC 8216bis 4.4.4.1: line ${line} has no EXTINF`);
    const previous = this.#playlist.segments.at(-1);
    let range: ByteRange | null = null;
    if (this.#range) {
      const follows = previous?.uri === uri && previous.range;
      const offset =
        this.#range.offset ?? (follows ? follows.offset + follows.length : this.#missingOffset(line));
      range = { offset, length: this.#range.length };
    }
    const { segments } = this.#playlist;
    const number = this.#firstNumber + segments.length;
    segments.push({ uri, number, seconds: this.#seconds ?? 0, range, map: this.#map, key: this.#key });
    this.#seconds = null;
    this.#range = null;
  }

  #missingOffset(line: number): number {
    this.#complain(`RFC 8216bis 4.4.4.2: the range of line ${line} has no offset and follows no other`);
    return 0;
  }

  #readMap(value: string): void {
    const attributes = parseAttributes(value, { URI: 'quoted', BYTERANGE: 'quoted' }, this.#complain);
    const uri = attributes.get('URI');
    if (uri === undefined) this.#complain('RFC 8216bis 4.4.4.5: EXT-X-MAP without URI');
    const range = attributes.get('BYTERANGE');
    const read = range === undefined ? null : this.#readRange(range);
    if (this.#key && !this.#key.iv) {
      this.#complain('RFC 8216bis 4.4.4.5: an encrypted EXT-X-MAP needs an EXT-X-KEY with an IV');
    }
    this.#map = {
      uri: uri ?? '',
      range: read && { length: read.length, offset: read.offset ?? 0 },
      key: this.#key,
    };
  }

  #readRange(value: string): { length: number; offset: number | null } {
    const [, length, offset] = /^(\d+)(?:@(\d+))?$/.exec(value) ?? [];
    if (length === undefined) this.#complain(`RFC 8216bis 4.4.4.2: ${value} is no byte range`);
    return { length: Number(length ?? 0), offset: offset === undefined ? null : Number(offset) };
  }

  #integer(tag: string, value: string): number {
    if (!/^\d+$/.test(value)) this.#complain(`RFC 8216bis 4.2: ${tag}:${value} is no integer`);
    return Number(value) || 0;
  }

  #duration(value: string): number {
    const [, seconds] = /^(\d+(?:\.\d+)?),/.exec(value) ?? [];
    if (seconds === undefined) this.#complain(`RFC 8216bis 4.4.4.1: EXTINF:${value}`);
    if (seconds?.includes('.')) this.#playlist.needs.set('fractional EXTINF', 3);
    return Number(seconds ?? 0);
  }
}
