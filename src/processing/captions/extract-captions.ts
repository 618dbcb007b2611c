import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import ffmpeg from 'fluent-ffmpeg';
import {
  type DecodeLimits,
  inputOptions,
  inputUrl,
  type MediaInput,
  type MediaTools,
  optionList,
  ProcessFailure,
  type StreamDocument,
} from '../ffmpeg/index.js';
import { CaptionProblem, type Cue } from './cue.js';
import { canonicalLanguage, languageName } from './language.js';
import { maxCaptionBytes, readCaptions } from './read-captions.js';

export interface ExtractedCaptions {
  /** BCP 47; `und` where the file does not say. Unique among those of a file. */
  language: string;
  label: string;
  cues: Cue[];
}

export interface ExtractRequest {
  input: MediaInput;
  streams: readonly StreamDocument[];
  /** Exists, private. */
  outDir: string;
  limits: DecodeLimits;
  signal?: AbortSignal | undefined;
}

/** Text that ffmpeg can write as WebVTT; the others are pictures. */
const textCodecs = new Set(['subrip', 'srt', 'ass', 'ssa', 'mov_text', 'webvtt', 'text']);
const maxTracks = 32;
/** Reads the whole file and decodes nothing but text. */
const timeoutMs = 15 * 60_000;

/**
 * Takes the text tracks of a film out as captions, all by one reading of it. Captions are no reason to refuse a
 * film: a track that is empty, too long or broken is left out.
 * @throws the signal's reason; ProcessFailure when ffmpeg can not be run at all
 */
export async function extractCaptions(
  tools: MediaTools,
  request: ExtractRequest,
): Promise<ExtractedCaptions[]> {
  const tracks = request.streams
    .filter(({ type, codec }) => type === 'subtitle' && textCodecs.has(codec ?? '') && tools.canDecode(codec))
    .slice(0, maxTracks);
  if (tracks.length === 0) return [];
  const directory = join(request.outDir, 'captions');
  await mkdir(directory, { recursive: true });
  try {
    await run(tools, request, { tracks, directory });
  } catch (error) {
    if (!(error instanceof ProcessFailure) || error.reason !== 'exit') throw error;
  }
  const found: ExtractedCaptions[] = [];
  for (const { index, language: tag, title } of tracks) {
    const cues = await readTrack(join(directory, fileName(index)));
    if (!cues) continue;
    const language = freeTag(canonicalLanguage(tag ?? 'und') ?? 'und', found);
    found.push({ language, label: title ?? labelOf(language), cues });
  }
  return found;
}

const fileName = (index: number) => `${index}.vtt`;
const labelOf = (language: string) => (language.startsWith('und') ? 'Subtitles' : languageName(language));

async function run(
  tools: MediaTools,
  { input, limits, signal }: ExtractRequest,
  { tracks, directory }: { tracks: readonly StreamDocument[]; directory: string },
): Promise<void> {
  const command = ffmpeg()
    .input(inputUrl(input))
    .inputOptions(...inputOptions(input, limits));
  for (const { index } of tracks) {
    command
      .output(fileName(index))
      .outputOptions(
        ...optionList({ map: `0:${index}`, 'c:s': 'webvtt', f: 'webvtt' }),
        ...optionList({ map_metadata: -1, map_chapters: -1, fs: maxCaptionBytes }),
      );
  }
  await tools.ffmpeg(command, { cwd: directory, timeoutMs, signal });
}

async function readTrack(path: string): Promise<Cue[] | null> {
  const { size } = await stat(path).catch(() => ({ size: 0 }));
  // Near the limit it was cut off somewhere.
  if (size === 0 || size > maxCaptionBytes * 0.99) return null;
  try {
    return readCaptions(await readFile(path));
  } catch (error) {
    if (error instanceof CaptionProblem) return null;
    throw error;
  }
}

/** A second track of a language is told apart by a private subtag (BCP 47, 2.2.7). */
function freeTag(language: string, taken: readonly ExtractedCaptions[]): string {
  const isTaken = (tag: string) => taken.some((other) => other.language === tag);
  let tag = language;
  for (let number = 2; isTaken(tag); number += 1) tag = `${language}-x-${number}`;
  return tag;
}
