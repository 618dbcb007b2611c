import {
  type Fraction,
  type LimitedDocument,
  mediaInput,
  type MediaInput,
  type MediaTools,
  type PacketTimes,
  readDocument,
  scanPackets,
  type StreamDocument,
  toMediaError,
  toNumber,
} from '../ffmpeg/index.js';
import { type Colour, colourOf } from './colour.js';
import { outputFrameRate } from './frame-rate.js';
import { type Orientation, orientationOf } from './orientation.js';
import { videoErrors, videoFailures } from './video.errors.js';

export interface VideoLimits {
  /** Of one frame. */
  maxPixels: number;
  maxDurationSeconds: number;
  timeoutSeconds: number;
}

/** The picture track, measured and judged. */
export interface VideoTrack {
  stream: StreamDocument;
  /** As displayed: upright, square pixels. */
  width: number;
  height: number;
  orientation: Orientation;
  colour: Colour;
  /** What the renditions are encoded at. */
  frameRate: Fraction;
  times: PacketTimes;
}

export interface AudioTrack {
  stream: StreamDocument;
  times: PacketTimes;
}

/** What a file of sound and pictures really is. */
export interface VideoProbe {
  input: MediaInput;
  /** On the clock of the file: where ffmpeg begins, be it only for a subtitle. */
  startSeconds: number;
  /** From there to the end of the last packet. */
  durationMs: number;
  /** Null for sound in a video container; cover art is no video. */
  video: VideoTrack | null;
  /** The track to begin with, of those that can be decoded (iPhones also write one that can't). */
  audio: AudioTrack | null;
  /** Further ones, as of other languages. */
  moreAudio: AudioTrack[];
  /** The container promises markedly more than there is: the file was cut. */
  truncated: boolean;
}

/** A probe of what has pictures that move. */
export interface FilmProbe extends VideoProbe {
  video: VideoTrack;
}

export function isFilm(probe: VideoProbe): probe is FilmProbe {
  return probe.video !== null;
}

export interface ProbeRequest {
  path: string;
  /** As sniffed, never as declared. */
  contentType: string;
  /** Private directory of the job. */
  workDir: string;
  limits: VideoLimits;
  signal?: AbortSignal | undefined;
}

const maxStreams = 64;
/** Each is encoded on its own. */
const maxAudioTracks = 8;
/** As displayed; encoders and players end near here. */
const maxSide = 8192;
/** Reading is bound by the disk; this is for files made to be slow. */
const probeTimeoutMs = 15 * 60_000;

/**
 * Looks at a file's streams and reads all its packets; decodes next to nothing.
 * @throws VIDEO_UNSUPPORTED, VIDEO_CORRUPT, VIDEO_TOO_LARGE, VIDEO_TOO_LONG, VIDEO_TIMEOUT
 */
export async function probeVideo(tools: MediaTools, request: ProbeRequest): Promise<VideoProbe> {
  const input = mediaInput(request.path, request.contentType);
  if (input === null) throw videoErrors.VIDEO_UNSUPPORTED();
  try {
    return await probe(tools, input, request);
  } catch (error) {
    throw toMediaError(error, videoFailures);
  }
}

async function probe(tools: MediaTools, input: MediaInput, request: ProbeRequest): Promise<VideoProbe> {
  const { limits, workDir, signal } = request;
  const run = { cwd: workDir, timeoutMs: probeTimeoutMs, signal, limits };
  const document = await readDocument(tools, input, run);
  const { streams, claimedSeconds } = document;
  if (streams.length > maxStreams) throw videoErrors.VIDEO_TOO_LARGE('The video has too many streams');
  const video = chooseVideo(tools, document, limits);
  const heard = chooseAudio(tools, streams);
  if (!video && heard.length === 0) throw noTrack(streams);

  const indexes = [...(video ? [video] : []), ...heard].map(({ index }) => index);
  const clock = await scanPackets(tools, input, {
    ...run,
    streams: indexes,
    maxSeconds: limits.maxDurationSeconds,
    tooLong: () => videoErrors.VIDEO_TOO_LONG(),
  });
  const videoTimes = video && clock.times(video.index);
  const sounds = heard.flatMap((stream): AudioTrack[] => {
    const times = clock.times(stream.index);
    return times ? [{ stream, times }] : [];
  });
  const [audio = null, ...moreAudio] = sounds;
  if (video ? !videoTimes : !audio) throw videoErrors.VIDEO_CORRUPT('The video has no pictures');
  const tracks = [...(videoTimes ? [videoTimes] : []), ...sounds.map(({ times }) => times)];
  const startSeconds = Math.min(document.startSeconds ?? Infinity, ...tracks.map(({ start }) => start));
  const seconds = Math.max(...tracks.map(({ end }) => end)) - startSeconds;
  if (seconds > limits.maxDurationSeconds) throw videoErrors.VIDEO_TOO_LONG();
  return {
    input,
    startSeconds,
    durationMs: Math.round(seconds * 1000),
    video: video && videoTimes && describeVideo(video, videoTimes),
    audio,
    moreAudio,
    truncated: claimedSeconds !== null && seconds < claimedSeconds * 0.95 - 0.5,
  };
}

function chooseVideo(
  tools: MediaTools,
  { streams, oversized }: LimitedDocument,
  { maxPixels }: VideoLimits,
): StreamDocument | null {
  const candidates = streams.filter(({ type, attachedPicture }) => type === 'video' && !attachedPicture);
  if (candidates.length === 0) return null;
  const video = candidates.find(({ codec }) => tools.canDecode(codec));
  if (!video) throw videoErrors.VIDEO_UNSUPPORTED('The video codec is not supported');
  if (video.width * video.height > maxPixels) throw videoErrors.VIDEO_TOO_LARGE();
  // ffprobe tried to decode the first frames: what it left out was too large, encrypted or nonsense.
  if (video.width < 1 || video.height < 1 || video.pixelFormat === null) {
    throw oversized ? videoErrors.VIDEO_TOO_LARGE() : videoErrors.VIDEO_CORRUPT();
  }
  return video;
}

/** Those that can be decoded, the one that the file marks to be played first. */
function chooseAudio(tools: MediaTools, streams: readonly StreamDocument[]): StreamDocument[] {
  return streams
    .filter(({ type, codec }) => type === 'audio' && tools.canDecode(codec))
    .toSorted((a, b) => Number(b.isDefault) - Number(a.isDefault))
    .slice(0, maxAudioTracks);
}

function noTrack(streams: StreamDocument[]): Error {
  const hasMedia = streams.some(({ type, codec }) => type === 'audio' && codec !== null);
  return hasMedia
    ? videoErrors.VIDEO_UNSUPPORTED('The audio codec is not supported')
    : videoErrors.VIDEO_CORRUPT('The file has neither pictures nor sound');
}

function describeVideo(stream: StreamDocument, times: PacketTimes): VideoTrack {
  const orientation = orientationOf(stream);
  const squareWidth = Math.round(stream.width * pixelAspect(stream));
  const [width, height] = orientation.swapsSides
    ? [stream.height, squareWidth]
    : [squareWidth, stream.height];
  if (Math.max(width, height) > maxSide) throw videoErrors.VIDEO_TOO_LARGE();
  const seconds = times.end - times.start;
  return {
    stream,
    width,
    height,
    orientation,
    colour: colourOf(stream),
    frameRate: outputFrameRate({
      average: stream.averageFrameRate,
      nominal: stream.nominalFrameRate,
      measured: times.packets > 1 && seconds > 0 ? times.packets / seconds : null,
    }),
    times,
  };
}

/** Real pixels are at most about twice as wide as high; anything else is a lie or a mistake. */
function pixelAspect({ sampleAspectRatio }: StreamDocument): number {
  const aspect = sampleAspectRatio ? toNumber(sampleAspectRatio) : 1;
  return aspect >= 0.25 && aspect <= 4 ? aspect : 1;
}
