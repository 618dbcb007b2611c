import type { ProcessingConfig } from '../../config/index.js';
import {
  type MediaInput,
  mediaInput,
  type MediaTools,
  type PacketTimes,
  readDocument,
  scanPackets,
  type StreamDocument,
  toMediaError,
} from '../ffmpeg/index.js';
import { audioErrors, audioFailures } from './audio.errors.js';
import { assertDecodable, extractCover } from './decode-audio.js';

/** Technical facts; no tag of the file is among them. */
export interface AudioMetadata {
  container: string;
  audioCodec: string | null;
  audioProfile: string | null;
  /** Bits per second, by the packets. */
  bitRate: number | null;
  audioChannels: number;
  audioSampleRate: number;
}

export interface ProcessedAudio {
  durationMs: number;
  /** What is heard. */
  sound: { input: MediaInput; stream: StreamDocument };
  metadata: AudioMetadata;
  /** Cover art as it was in the file: any image, not yet checked; null when there is none. */
  coverPath: string | null;
}

export interface AudioRequest {
  path: string;
  /** As sniffed, never as declared. */
  contentType: string;
  /** Private, of the job; the cover is written into it. */
  outDir: string;
  signal?: AbortSignal | undefined;
}

export type AudioLimits = Pick<
  ProcessingConfig['video'],
  'maxPixels' | 'maxDurationSeconds' | 'timeoutSeconds'
>;

const maxStreams = 64;
const readTimeoutMs = 15 * 60_000;

/** Reads what there is to know about a file of sound. */
export class AudioProcessor {
  constructor(
    private readonly tools: MediaTools,
    private readonly limits: Readonly<AudioLimits>,
  ) {}

  /**
   * May be called again after a crash.
   * @throws AUDIO_UNSUPPORTED, AUDIO_CORRUPT, AUDIO_TOO_LARGE, AUDIO_TOO_LONG, AUDIO_TIMEOUT: final
   * @throws TRANSCODER_FAILED, SCRATCH_FULL: a retry may succeed; the signal's reason
   */
  async process(request: AudioRequest): Promise<ProcessedAudio> {
    const input = mediaInput(request.path, request.contentType);
    if (input === null) throw audioErrors.AUDIO_UNSUPPORTED();
    try {
      return await this.#process(input, request);
    } catch (error) {
      throw toMediaError(error, audioFailures);
    }
  }

  async #process(input: MediaInput, { outDir, signal }: AudioRequest): Promise<ProcessedAudio> {
    const { tools, limits } = this;
    const run = { cwd: outDir, timeoutMs: readTimeoutMs, signal, limits };
    const { streams } = await readDocument(tools, input, run);
    if (streams.length > maxStreams) throw audioErrors.AUDIO_TOO_LARGE();
    const stream = this.#chooseStream(streams);
    const clock = await scanPackets(tools, input, {
      ...run,
      streams: [stream.index],
      maxSeconds: limits.maxDurationSeconds,
      tooLong: () => audioErrors.AUDIO_TOO_LONG(),
    });
    const times = clock.times(stream.index);
    if (!times) throw audioErrors.AUDIO_CORRUPT('The file has no sound');
    await assertDecodable(tools, input, { ...run, stream });
    const cover = streams.find(({ type, attachedPicture }) => type === 'video' && attachedPicture);
    const seconds = times.end - times.start;
    return {
      durationMs: Math.round(seconds * 1000),
      sound: { input, stream },
      metadata: describe(input, stream, times),
      coverPath: cover ? await extractCover(tools, input, { ...run, stream: cover }) : null,
    };
  }

  #chooseStream(streams: StreamDocument[]): StreamDocument {
    const tracks = streams.filter(({ type }) => type === 'audio');
    const [track] = tracks;
    if (!track) throw audioErrors.AUDIO_CORRUPT('The file has no sound');
    const decodable = tracks.find(({ codec }) => this.tools.canDecode(codec));
    if (!decodable) throw audioErrors.AUDIO_UNSUPPORTED('The audio codec is not supported');
    return decodable;
  }
}

function describe({ demuxer }: MediaInput, stream: StreamDocument, times: PacketTimes): AudioMetadata {
  const seconds = times.end - times.start;
  return {
    container: demuxer,
    audioCodec: stream.codec,
    audioProfile: stream.profile,
    bitRate: seconds > 0 ? Math.round((times.bytes * 8) / seconds) : null,
    audioChannels: stream.channels,
    audioSampleRate: stream.sampleRate,
  };
}
