import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LadderRung } from './ladder.js';
import { renderMaster } from './render-master.js';
import type { FilmProbe } from './probe.js';
import { audioName, playlistName } from './transcode.js';
import { type EncodedRendition, verifyRendition } from './verify-rendition.js';
import { videoErrors } from './video.errors.js';

/** A rung and what was made of it. */
export interface EncodedRung {
  rung: LadderRung;
  encoded: EncodedRendition;
}

export interface EncodedVideo {
  rungs: EncodedRung[];
  audio: EncodedRendition | null;
}

export interface Expectation {
  probe: FilmProbe;
  rungs: readonly LadderRung[];
  /** The input was damaged: less may come out than went in, and no sound at all. */
  damaged: boolean;
}

/** Frames at the ends, priming, the last frame's length. */
const toleranceSeconds = 1;

/**
 * Reads back all renditions of a transcode and holds them against each other and the source.
 * @throws VIDEO_CORRUPT, SCRATCH_FULL
 */
export async function collectRenditions(hlsDir: string, expected: Expectation): Promise<EncodedVideo> {
  const rungs: EncodedRung[] = [];
  for (const rung of expected.rungs) {
    const encoded = await verifyRendition(hlsDir, rung.name);
    if (!encoded) throw videoErrors.VIDEO_CORRUPT('No picture can be decoded');
    rungs.push({ rung, encoded });
  }
  const counts = new Set(rungs.map(({ encoded }) => encoded.segmentFiles.length));
  if (counts.size !== 1) throw videoErrors.VIDEO_CORRUPT();
  const [first] = rungs;
  const wanted = expectedSeconds(expected.probe);
  const missing = Math.abs(wanted - (first?.encoded.seconds ?? 0));
  if (!expected.damaged && missing > Math.max(toleranceSeconds, wanted * 0.02)) {
    throw videoErrors.VIDEO_CORRUPT('Parts of the video can not be decoded');
  }
  return { rungs, audio: await collectAudio(hlsDir, expected) };
}

async function collectAudio(
  hlsDir: string,
  { probe, damaged }: Expectation,
): Promise<EncodedRendition | null> {
  if (!probe.audio) return null;
  const audio = await verifyRendition(hlsDir, audioName);
  if (audio) return audio;
  if (!damaged) throw videoErrors.VIDEO_CORRUPT('The sound can not be decoded');
  await rm(join(hlsDir, audioName), { recursive: true, force: true });
  return null;
}

/** Renditions begin with whichever track begins first, and their pictures last as long as the source's. */
function expectedSeconds({ video, audio }: FilmProbe): number {
  return video.times.end - Math.min(video.times.start, audio?.times.start ?? Infinity);
}

export function describeVariants({ video }: FilmProbe, { rungs, audio }: EncodedVideo): string {
  return renderMaster({
    frameRate: video.frameRate,
    audio: audio
      ? [
          {
            ...audio,
            uri: `${audioName}/${playlistName}`,
            channels: 2,
            name: 'Audio',
            language: null,
            isDefault: true,
          },
        ]
      : [],
    variants: rungs.map(({ rung, encoded }) => ({
      uri: `${rung.name}/${playlistName}`,
      width: rung.width,
      height: rung.height,
      codec: encoded.codec,
      rates: encoded.rates,
    })),
  });
}
