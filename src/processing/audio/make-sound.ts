import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessingConfig } from '../../config/index.js';
import { type MediaTools, toMediaError } from '../ffmpeg/index.js';
import { analyseSound } from './analyse-sound.js';
import type { AudioLimits, ProcessedAudio } from './audio-processor.js';
import { audioFailures } from './audio.errors.js';
import { type EncodedSound, encodeSound } from './encode-sound.js';
import { type Loudness, normalizingFilter } from './loudness.js';
import { drawWaveform } from './waveform-picture.js';

export interface SoundRequest {
  audio: ProcessedAudio;
  /** Private, of the job; all that is made is written into it. */
  outDir: string;
  limits: AudioLimits;
  settings: ProcessingConfig['audio'];
  signal?: AbortSignal | undefined;
  /** Percent, of this step. */
  onProgress?: (percent: number) => void;
}

interface MadeFile {
  path: string;
  sizeBytes: number;
}

/** All that listeners get. */
export interface MadeSound extends EncodedSound {
  /** Of the original. */
  loudness: Loudness;
  waveform: MadeFile;
  waveformPicture: MadeFile;
  /** Less could be decoded than the packets promise. */
  damaged: boolean;
}

/** A decode alone is this part of the work. */
const analysisShare = 0.3;
const longest = { share: 0.02, seconds: 1 };

/**
 * Makes of a sound its stream, its files, its waveform and its loudness, by two decodes: what is encoded may depend
 * on how loud all of it is.
 * @throws AUDIO_CORRUPT, AUDIO_TOO_LARGE, AUDIO_TIMEOUT: final
 * @throws TRANSCODER_FAILED, SCRATCH_FULL: a retry may succeed; the signal's reason
 */
export async function makeSound(tools: MediaTools, request: SoundRequest): Promise<MadeSound> {
  try {
    return await make(tools, request);
  } catch (error) {
    throw toMediaError(error, audioFailures);
  }
}

async function make(tools: MediaTools, request: SoundRequest): Promise<MadeSound> {
  const { audio, outDir, limits, settings, signal, onProgress = () => undefined } = request;
  const { durationMs } = audio;
  const { input, stream } = audio.sound;
  const run = { cwd: outDir, timeoutMs: limits.timeoutSeconds * 1000, signal, limits, stream };
  const part = (from: number, share: number) => (doneMs: number) => {
    const done = Math.min(1, doneMs / Math.max(1, durationMs));
    onProgress(Math.min(99, Math.floor((from + done * share) * 100)));
  };
  const { loudness, waveform } = await analyseSound(tools, input, {
    ...run,
    durationMs,
    onTime: part(0, analysisShare),
  });
  const { normalizeLufs, renditions } = settings;
  const encoded = await encodeSound(tools, input, {
    ...run,
    renditions,
    filters: normalizeLufs === null ? [] : normalizingFilter(loudness, normalizeLufs),
    onTime: part(analysisShare, 1 - analysisShare),
  });
  const waveformPath = join(outDir, 'waveform.json');
  await writeFile(waveformPath, JSON.stringify(waveform));
  const picturePath = join(outDir, 'waveform.png');
  const { thresholdLufs: _, ...measured } = loudness;
  const missing = durationMs / 1000 - encoded.seconds;
  return {
    ...encoded,
    loudness: measured,
    waveform: { path: waveformPath, sizeBytes: (await stat(waveformPath)).size },
    waveformPicture: { path: picturePath, sizeBytes: await drawWaveform(waveform, picturePath) },
    damaged: missing > Math.max(longest.seconds, (durationMs / 1000) * longest.share),
  };
}
