import { type Box, boxesIn, childrenOf, descend, Mp4Problem, only } from './boxes.ts';
import { parseSequenceParameters, type SequenceParameters } from './sequence-parameters.ts';

export interface VideoEntry {
  kind: 'video';
  /** RFC 6381, from the decoder configuration. */
  codec: string;
  width: number;
  height: number;
  /** Bytes of the length before each NAL unit. */
  lengthSize: number;
  parameters: SequenceParameters;
}

export interface AudioEntry {
  kind: 'audio';
  codec: string;
  channels: number;
  sampleRate: number;
}

/** What an init segment (EXT-X-MAP) promises of its one track. */
export interface InitSegment {
  timescale: number;
  entry: VideoEntry | AudioEntry;
  /** From `trex`: what fragments need not repeat. */
  defaults: { duration: number; size: number; flags: number };
}

/** @throws Mp4Problem */
export function parseInitSegment(data: Buffer): InitSegment {
  const boxes = boxesIn(data);
  only(boxes, 'ftyp');
  const moov = only(boxes, 'moov');
  const trak = only(childrenOf(data, moov), 'trak');
  const mdia = descend(data, trak, ['mdia']);
  const mdhd = descend(data, mdia, ['mdhd']);
  const stsd = descend(data, mdia, ['minf', 'stbl', 'stsd']);
  const [entry] = boxesIn(data, stsd.body + 8, stsd.end);
  if (!entry) throw new Mp4Problem('no sample entry');
  const trex = descend(data, moov, ['mvex', 'trex']).body;
  return {
    timescale: data.readUInt32BE(mdhd.body + (data[mdhd.body] === 1 ? 20 : 12)),
    entry: parseEntry(data, entry),
    defaults: {
      duration: data.readUInt32BE(trex + 12),
      size: data.readUInt32BE(trex + 16),
      flags: data.readUInt32BE(trex + 20),
    },
  };
}

function parseEntry(data: Buffer, entry: Box): VideoEntry | AudioEntry {
  switch (entry.type) {
    case 'avc1':
    case 'avc3':
      return parseVideo(data, entry);
    case 'mp4a':
      return parseAudio(data, entry);
    default:
      throw new Mp4Problem(`sample entry ${entry.type} is neither H.264 nor MPEG-4 audio`);
  }
}

/** VisualSampleEntry (ISO/IEC 14496-12, 12.1.3) with an AVCDecoderConfigurationRecord (14496-15, 5.3.3). */
function parseVideo(data: Buffer, entry: Box): VideoEntry {
  const record = only(childrenOf(data, entry, 78), 'avcC');
  const at = record.body;
  const spsLength = data.readUInt16BE(at + 6);
  if (((data[at + 5] ?? 0) & 0x1f) === 0 || spsLength < 4) throw new Mp4Problem('avcC has no parameter set');
  return {
    kind: 'video',
    codec: `${entry.type}.${data.toString('hex', at + 1, at + 4)}`,
    width: data.readUInt16BE(entry.body + 24),
    height: data.readUInt16BE(entry.body + 26),
    lengthSize: ((data[at + 4] ?? 0) & 3) + 1,
    parameters: parseSequenceParameters(data.subarray(at + 8, at + 8 + spsLength)),
  };
}

/** AudioSampleEntry (12.2.3) with an ES descriptor (ISO/IEC 14496-1, 7.2.6.5). */
function parseAudio(data: Buffer, entry: Box): AudioEntry {
  const esds = only(childrenOf(data, entry, 28), 'esds');
  const es = descriptor(data, esds.body + 4, 3);
  const config = descriptor(data, es + 3, 4);
  const specific = descriptor(data, config + 13, 5);
  const first = data[specific] ?? 0;
  return {
    kind: 'audio',
    codec: `mp4a.${(data[config] ?? 0).toString(16)}.${first >> 3}`,
    // Channels are the four bits behind the rate's (14496-3, 1.6.2.1).
    channels: ((data[specific + 1] ?? 0) >> 3) & 0xf,
    sampleRate: data.readUInt16BE(entry.body + 24),
  };
}

/** Where a descriptor's content begins: its length takes up to four bytes, seven bits each. */
function descriptor(data: Buffer, at: number, tag: number): number {
  if (data[at] !== tag) throw new Mp4Problem(`esds has no descriptor ${tag} at ${at}`);
  let start = at + 1;
  while (start < at + 4 && ((data[start] ?? 0) & 0x80) !== 0) start += 1;
  return start + 1;
}
