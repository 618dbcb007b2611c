import { toNumber } from '../ffmpeg/index.js';
import type { VideoProbe } from './probe.js';

/** Facts about the encoding; nothing that a person or a device wrote into the file. */
export interface VideoMetadata {
  container: string;
  /** Bits per second, sound included, by the packets. */
  bitRate: number | null;
  videoCodec: string;
  videoProfile: string | null;
  pixelFormat: string | null;
  /** Frames per second, rounded to thousandths. */
  frameRate: number;
  colorSpace: string | null;
  colorTransfer: string | null;
  colorPrimaries: string | null;
  hdr: boolean;
  interlaced: boolean;
  audioCodec: string | null;
  audioChannels: number | null;
  audioSampleRate: number | null;
  /** The file ends before its header says. */
  truncated: boolean;
}

export function technicalMetadata(probe: VideoProbe): VideoMetadata {
  const { video, audio, durationMs } = probe;
  const bytes = (video?.times.bytes ?? 0) + (audio?.times.bytes ?? 0);
  const seconds = durationMs / 1000;
  const average = video?.stream.averageFrameRate ?? video?.frameRate;
  return {
    container: probe.input.demuxer,
    bitRate: seconds > 0 ? Math.round((bytes * 8) / seconds) : null,
    videoCodec: video?.stream.codec ?? '',
    videoProfile: video?.stream.profile ?? null,
    pixelFormat: video?.stream.pixelFormat ?? null,
    frameRate: average ? Math.round(toNumber(average) * 1000) / 1000 : 0,
    colorSpace: video?.stream.matrix ?? null,
    colorTransfer: video?.stream.transfer ?? null,
    colorPrimaries: video?.stream.primaries ?? null,
    hdr: video?.colour.hdr != null,
    interlaced: video?.stream.interlaced ?? false,
    audioCodec: audio?.stream.codec ?? null,
    audioChannels: audio?.stream.channels ?? null,
    audioSampleRate: audio?.stream.sampleRate ?? null,
    truncated: probe.truncated,
  };
}
