import { toNumber } from '../ffmpeg/index.js';
import type { PlannedFilm } from './video-plan.js';

/** Facts about the encoding; nothing that a person or a device wrote into the file. */
export interface VideoMetadata {
  container: string;
  /** Bits per second, sound included, by the packets. */
  bitRate: number | null;
  videoCodec: string | null;
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

export function technicalMetadata({
  demuxer,
  video,
  audio,
  durationMs,
  truncated,
}: PlannedFilm): VideoMetadata {
  const { stream, times, colour, frameRate } = video;
  const bytes = times.bytes + (audio?.times.bytes ?? 0);
  return {
    container: demuxer,
    bitRate: durationMs > 0 ? Math.round((bytes * 8000) / durationMs) : null,
    videoCodec: stream.codec,
    videoProfile: stream.profile,
    pixelFormat: stream.pixelFormat,
    frameRate: Math.round(toNumber(stream.averageFrameRate ?? frameRate) * 1000) / 1000,
    colorSpace: stream.matrix,
    colorTransfer: stream.transfer,
    colorPrimaries: stream.primaries,
    hdr: colour.hdr !== null,
    interlaced: stream.interlaced,
    audioCodec: audio?.stream.codec ?? null,
    audioChannels: audio?.stream.channels ?? null,
    audioSampleRate: audio?.stream.sampleRate ?? null,
    truncated,
  };
}
