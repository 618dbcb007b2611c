import { type AttributeType, parseAttributes } from './attribute-list.ts';
import { readLines } from './lines.ts';

export type Attributes = ReadonlyMap<string, string>;

export interface Variant {
  uri: string;
  attributes: Attributes;
}

export interface MultivariantPlaylist {
  version: number;
  independent: boolean;
  /** EXT-X-STREAM-INF */
  variants: Variant[];
  /** EXT-X-I-FRAME-STREAM-INF */
  frameVariants: Variant[];
  /** EXT-X-MEDIA */
  renditions: Attributes[];
}

const stream: Record<string, AttributeType> = {
  BANDWIDTH: 'integer',
  'AVERAGE-BANDWIDTH': 'integer',
  SCORE: 'decimal',
  CODECS: 'quoted',
  RESOLUTION: 'resolution',
  'FRAME-RATE': 'decimal',
  'HDCP-LEVEL': 'enumerated',
  'VIDEO-RANGE': 'enumerated',
  AUDIO: 'quoted',
  VIDEO: 'quoted',
  SUBTITLES: 'quoted',
  URI: 'quoted',
};
const media: Record<string, AttributeType> = {
  TYPE: 'enumerated',
  URI: 'quoted',
  'GROUP-ID': 'quoted',
  LANGUAGE: 'quoted',
  'ASSOC-LANGUAGE': 'quoted',
  NAME: 'quoted',
  DEFAULT: 'enumerated',
  AUTOSELECT: 'enumerated',
  FORCED: 'enumerated',
  'INSTREAM-ID': 'quoted',
  CHARACTERISTICS: 'quoted',
  CHANNELS: 'quoted',
};
const onlyMedia =
  /^(?:EXTINF|EXT-X-(?:TARGETDURATION|MEDIA-SEQUENCE|ENDLIST|PLAYLIST-TYPE|MAP|BYTERANGE|KEY))$/;

/** Reads a multivariant playlist by RFC 8216bis, 4.4.6; every departure is complained of. */
export function parseMultivariantPlaylist(
  text: string,
  complain: (problem: string) => void,
): MultivariantPlaylist {
  const playlist: MultivariantPlaylist = {
    version: 1,
    independent: false,
    variants: [],
    frameVariants: [],
    renditions: [],
  };
  let pending: Attributes | null = null;
  for (const { number, tag, value } of readLines(text, complain)) {
    if (pending && tag !== null) complain(`RFC 8216bis 4.4.6.2: no URI follows EXT-X-STREAM-INF (${number})`);
    if (tag === null && pending) playlist.variants.push({ uri: value, attributes: pending });
    else if (tag === null) complain(`RFC 8216bis 4.4.6.2: line ${number} has no EXT-X-STREAM-INF`);
    pending = null;
    if (tag === 'EXT-X-STREAM-INF') {
      pending = parseAttributes(value, stream, complain);
      requireAll(pending, ['BANDWIDTH'], complain);
    } else if (tag === 'EXT-X-I-FRAME-STREAM-INF') {
      const attributes = parseAttributes(value, stream, complain);
      requireAll(attributes, ['BANDWIDTH', 'URI'], complain);
      playlist.frameVariants.push({ uri: attributes.get('URI') ?? '', attributes });
    } else if (tag === 'EXT-X-MEDIA') playlist.renditions.push(parseAttributes(value, media, complain));
    else if (tag === 'EXT-X-INDEPENDENT-SEGMENTS') playlist.independent = true;
    else if (tag === 'EXT-X-VERSION') playlist.version = Number(value) || 0;
    else if (tag !== null && onlyMedia.test(tag)) complain(`RFC 8216bis 4.4: ${tag} beside variants`);
  }
  if (pending) complain('RFC 8216bis 4.4.6.2: the last EXT-X-STREAM-INF has no URI');
  checkRenditions(playlist, complain);
  return playlist;
}

function requireAll(attributes: Attributes, names: string[], complain: (problem: string) => void): void {
  for (const name of names) if (!attributes.has(name)) complain(`RFC 8216bis 4.4.6: no ${name}`);
}

/** 4.4.6.1 and 4.4.6.2.1: groups that exist, names that differ, one default. */
function checkRenditions(
  { renditions, variants }: MultivariantPlaylist,
  complain: (problem: string) => void,
): void {
  const names = new Set<string>();
  const defaults = new Set<string>();
  for (const rendition of renditions) {
    requireAll(rendition, ['TYPE', 'GROUP-ID', 'NAME'], complain);
    const group = `${rendition.get('TYPE')} ${rendition.get('GROUP-ID')}`;
    const name = `${group} ${rendition.get('NAME')}`;
    if (names.has(name)) complain(`RFC 8216bis 4.4.6.1.1: two renditions ${name}`);
    names.add(name);
    if (rendition.get('TYPE') === 'SUBTITLES') requireAll(rendition, ['URI'], complain);
    if (rendition.get('DEFAULT') !== 'YES') continue;
    if (defaults.has(group)) complain(`RFC 8216bis 4.4.6.1.1: two defaults of ${group}`);
    defaults.add(group);
    if (rendition.get('AUTOSELECT') === 'NO')
      complain(`RFC 8216bis 4.4.6.1: the default ${name} is not selected`);
  }
  for (const { uri, attributes } of variants) {
    for (const type of ['AUDIO', 'VIDEO', 'SUBTITLES']) {
      const group = attributes.get(type);
      const exists = renditions.some((item) => item.get('TYPE') === type && item.get('GROUP-ID') === group);
      if (group !== undefined && !exists) complain(`RFC 8216bis 4.4.6.2: ${uri} names no ${type} "${group}"`);
    }
  }
}
