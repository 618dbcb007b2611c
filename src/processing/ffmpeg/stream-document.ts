import { type Fraction, parseFraction } from './fraction.js';

export type StreamType = 'video' | 'audio' | 'subtitle' | 'data' | 'attachment';

/** A stream as ffprobe tells it; everything is a claim of the file. */
export interface StreamDocument {
  index: number;
  type: StreamType;
  codec: string | null;
  profile: string | null;
  bitRate: number | null;
  /** Cover art, not film. */
  attachedPicture: boolean;
  /** Of several tracks of a type, the one to begin with. */
  isDefault: boolean;

  width: number;
  height: number;
  pixelFormat: string | null;
  sampleAspectRatio: Fraction | null;
  averageFrameRate: Fraction | null;
  /** The lowest rate that all time stamps fit. */
  nominalFrameRate: Fraction | null;
  interlaced: boolean;
  range: string | null;
  matrix: string | null;
  transfer: string | null;
  primaries: string | null;
  /** a, b, c, d of the display matrix (ISO/IEC 14496-12, 6.2.2), 16.16 fixed point. */
  displayMatrix: readonly [number, number, number, number] | null;
  /** Clockwise degrees in files that have a tag instead of a matrix. */
  rotateTag: number | null;

  channels: number;
  sampleRate: number;

  /** As the file says it, mostly three letters of ISO 639-2. */
  language: string | null;
  /** Of the track, for people. */
  title: string | null;
}

export interface MediaDocument {
  /** Seconds, as the container claims. */
  claimedSeconds: number | null;
  /** Where any of its streams begins first. */
  startSeconds: number | null;
  streams: StreamDocument[];
}

const maxTitleLength = 100;

const streamFields = [
  'index,codec_type,codec_name,profile,bit_rate,width,height,pix_fmt,sample_aspect_ratio',
  'avg_frame_rate,r_frame_rate,field_order,color_range,color_space,color_transfer,color_primaries',
  'channels,sample_rate',
];

/** `-show_entries` of what is read below and nothing else: no private tag of the file ever leaves ffprobe. */
export const documentEntries = [
  'format=duration,start_time',
  `stream=${streamFields.join(',')}`,
  'stream_disposition=attached_pic,default',
  'stream_tags=rotate,language,title',
  'stream_side_data=displaymatrix',
].join(':');

type Fields = Record<string, unknown>;

/** @throws SyntaxError when it is no JSON */
export function parseDocument(json: string): MediaDocument {
  const document = fields(JSON.parse(json));
  return {
    claimedSeconds: number(fields(document['format'])['duration']),
    startSeconds: number(fields(document['format'])['start_time']),
    streams: list(document['streams']).map(parseStream),
  };
}

function parseStream(stream: Fields): StreamDocument {
  const matrix = list(stream['side_data_list']).map((data) => parseMatrix(data['displaymatrix']));
  return {
    index: number(stream['index']) ?? -1,
    type: (text(stream['codec_type']) ?? 'data') as StreamType,
    codec: text(stream['codec_name']),
    profile: text(stream['profile']),
    bitRate: number(stream['bit_rate']),
    attachedPicture: number(fields(stream['disposition'])['attached_pic']) === 1,
    isDefault: number(fields(stream['disposition'])['default']) === 1,
    width: number(stream['width']) ?? 0,
    height: number(stream['height']) ?? 0,
    pixelFormat: text(stream['pix_fmt']),
    sampleAspectRatio: parseFraction(stream['sample_aspect_ratio']),
    averageFrameRate: parseFraction(stream['avg_frame_rate']),
    nominalFrameRate: parseFraction(stream['r_frame_rate']),
    interlaced: /^(?:tt|bb|tb|bt)$/.test(text(stream['field_order']) ?? ''),
    range: text(stream['color_range']),
    matrix: text(stream['color_space']),
    transfer: text(stream['color_transfer']),
    primaries: text(stream['color_primaries']),
    displayMatrix: matrix.find((found) => found !== null) ?? null,
    rotateTag: number(fields(stream['tags'])['rotate']),
    channels: number(stream['channels']) ?? 0,
    sampleRate: number(stream['sample_rate']) ?? 0,
    language: text(fields(stream['tags'])['language']),
    title: text(fields(stream['tags'])['title'])?.slice(0, maxTitleLength) ?? null,
  };
}

/** ffprobe prints three rows of three numbers, each behind an address. */
function parseMatrix(value: unknown): StreamDocument['displayMatrix'] {
  const rows = [...(text(value) ?? '').matchAll(/^\d+:\s+(-?\d+)\s+(-?\d+)\s+-?\d+/gm)];
  const [first, second] = rows.map(([, x, y]) => [Number(x), Number(y)] as const);
  return first && second ? [first[0], first[1], second[0], second[1]] : null;
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function list(value: unknown): Fields[] {
  return Array.isArray(value) ? value.map(fields) : [];
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && value !== 'unknown' ? value : null;
}

function number(value: unknown): number | null {
  const parsed = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof parsed === 'number' && Number.isFinite(parsed) ? parsed : null;
}
