import { mkdir, mkdtemp, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MediaTools } from '../../src/processing/ffmpeg/index.js';
import {
  type EncodedRun,
  type FilmProbe,
  framePlaylist,
  framePlaylistName,
  masterPlaylist,
  mediaPlaylist,
  mediaStream,
  type MediaStream,
  playlistName,
  type StoredRun,
  technicalMetadata,
  type VideoMetadata,
  type VideoPlan,
  VideoProcessor,
  videoTrack,
} from '../../src/processing/video/index.js';
import { initUri, segmentUri } from '../../src/processing/video/stream-playlists.js';

/** Settings of a small and fast transcode. */
export const filmSettings = {
  ladder: [
    { shortSide: 144, bitrateKbps: 300 },
    { shortSide: 240, bitrateKbps: 600 },
  ],
  preset: 'ultrafast',
  crf: 23,
  firstChunkSeconds: 4,
  chunkSeconds: 8,
  scratchBytes: 1024 ** 3,
  mp4: false,
  maxPixels: 1920 * 1080,
  maxDurationSeconds: 60,
  timeoutSeconds: 60,
};

/** All that the steps of the processing make of a film, in a local directory as a player would load it. */
export interface MadeFilm {
  plan: VideoPlan;
  stream: MediaStream;
  metadata: VideoMetadata;
  posterPath: string;
  /** Holds `master.m3u8` and what it refers to. */
  hlsDir: string;
  /** Some chunk or track was damaged. */
  damaged: boolean;
}

export interface FilmRequest {
  probe: FilmProbe;
  /** Private, empty. */
  outDir: string;
  settings?: typeof filmSettings;
  onFrames?: (frames: number) => void;
  signal?: AbortSignal;
}

const generation = 1;

/** Runs the steps of the processing one after the other, without queue, database or store. */
export async function makeFilm(tools: MediaTools, request: FilmRequest): Promise<MadeFilm> {
  const { probe, outDir, settings = filmSettings, signal, onFrames } = request;
  const processor = new VideoProcessor(tools, settings);
  const plan = processor.plan(probe);
  const source = { plan, path: probe.input.path };
  const posterPath = await processor.takePoster(source, outDir, signal);
  const hlsDir = join(outDir, 'hls');
  await mkdir(hlsDir);
  const runs: StoredRun[] = [];
  let damaged = probe.truncated;
  for (const chunk of plan.chunks) {
    const directory = await mkdtemp(join(outDir, 'chunk-'));
    const encoded = await processor.encodeChunk(source, { chunk, outDir: directory, signal, onFrames });
    damaged ||= encoded.damaged;
    const last = chunk === plan.chunks.at(-1);
    const { firstSegment } = chunk;
    runs.push({
      track: videoTrack,
      firstSegment,
      last,
      prefix: `${directory}/`,
      renditions: encoded.renditions,
    });
  }
  for (const track of plan.audio) {
    const directory = await mkdtemp(join(outDir, 'audio-'));
    const base = { track: track.name, prefix: `${directory}/` };
    const onRun = async (run: EncodedRun, firstSegment: number): Promise<void> => {
      runs.push({ ...base, firstSegment, last: false, renditions: { [track.name]: run } });
    };
    const made = await processor.encodeAudio(source, { track, outDir: directory, signal, onRun });
    runs.push({ ...base, firstSegment: made.segments, last: true, renditions: {} });
    damaged ||= made.damaged;
  }
  const stream = mediaStream(plan, runs, { generation, secret: null });
  await layOut(stream, hlsDir);
  return { plan, stream, metadata: technicalMetadata(plan.film), posterPath, hlsDir, damaged };
}

async function layOut(stream: MediaStream, hlsDir: string): Promise<void> {
  for (const rendition of [...stream.video, ...stream.audio]) {
    const directory = join(hlsDir, rendition.name);
    await mkdir(directory);
    for (const { init, key, number } of rendition.segments) {
      if (init.number === number) await rename(init.key, join(directory, initUri(generation, init)));
      await rename(key, join(directory, segmentUri(generation, number)));
    }
    await writeFile(join(directory, playlistName), mediaPlaylist(stream, rendition));
  }
  for (const rendition of stream.video) {
    await writeFile(join(hlsDir, rendition.name, framePlaylistName), framePlaylist(stream, rendition));
  }
  await writeFile(join(hlsDir, 'master.m3u8'), masterPlaylist(stream));
}
