import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import ffmpegInstaller from '@ffmpeg-installer/ffmpeg';
import { Violation } from '../chronicle.ts';
import { Invariants } from '../invariants.ts';
import { rowsOf, takeCensus } from '../../support/store-census.ts';
import { EncoderLog } from './encoder-log.ts';
import { makeChaosFilm } from './film.ts';
import { planVideoChaos, type VideoRunPlan } from './plan.ts';
import { toolsAtWork } from '../../support/tools-at-work.ts';
import { VideoClient } from './video-client.ts';
import { VideoCluster } from './video-cluster.ts';
import { type Kill, runVideo, type VideoOutcome, type VideoSurroundings } from './video-run.ts';

const CHUNK_SECONDS = 8;
const settings = {
  VIDEO_LADDER: '180p:300k,360p:800k',
  // Slow enough that a kill finds something to hit.
  VIDEO_PRESET: 'medium',
  VIDEO_CHUNK_SECONDS: String(CHUNK_SECONDS),
};
/** Of the encoder, for a film that nothing happens to: its chunks, its sound and its poster. */
const startsFor = (seconds: number): number => Math.ceil(seconds / CHUNK_SECONDS) + 2;
/** A job whose worker was killed runs again within a minute; sweepers run every minute. */
const SETTLED_MS = 180_000;

export interface VideoChaosRequest {
  seed: number;
  runs: number;
  /** Videos that are processed beside each other. */
  atOnce: number;
  /** Of the film. */
  seconds: number;
  onOutcome: (plan: VideoRunPlan, outcome: VideoOutcome) => void;
}

export interface VideoChaosReport {
  outcomes: VideoOutcome[];
  kills: Kill[];
  objects: number;
  seconds: number;
}

/** Runs all videos, killed as planned. @throws Violation at the first invariant that does not hold */
export async function runVideoChaos(request: VideoChaosRequest): Promise<VideoChaosReport> {
  const startedAt = performance.now();
  const directory = await mkdtemp(join(tmpdir(), 'media-video-chaos-'));
  const ffmpegPath = process.env['FFMPEG_PATH'] ?? ffmpegInstaller.path;
  let cluster: VideoCluster | null = null;
  try {
    const film = await makeChaosFilm(ffmpegPath, directory, request.seconds);
    const log = await EncoderLog.open(directory, ffmpegPath);
    cluster = await VideoCluster.start(directory, { ...settings, FFMPEG_PATH: log.ffmpegPath });
    const client = new VideoClient(cluster);
    const around = { cluster, client, log, film, kills: [], inTurn: oneAfterTheOther() };
    const outcomes = await runAll(request, around);
    const { kills } = around;
    const objects = await assertNothingLeft(cluster, outcomes);
    return { outcomes, kills, objects, seconds: (performance.now() - startedAt) / 1000 };
  } catch (error) {
    if (error instanceof Violation && cluster) {
      error.message += `\n\nwhat the service wrote last:\n${cluster.logs()}`;
    }
    throw error;
  } finally {
    await cluster?.stop();
    await rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

async function runAll(
  { seed, runs, atOnce, seconds, onOutcome }: VideoChaosRequest,
  around: VideoSurroundings,
): Promise<VideoOutcome[]> {
  const queue = planVideoChaos({ seed, runs, starts: startsFor(seconds) });
  const outcomes: VideoOutcome[] = [];
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let plan = queue.shift(); plan; plan = queue.shift()) {
        const outcome = await runVideo(plan, around);
        outcomes.push(outcome);
        onOutcome(plan, outcome);
      }
    }),
  );
  return outcomes;
}

/** What must hold once all videos are ready. @returns how many objects there are */
async function assertNothingLeft(cluster: VideoCluster, outcomes: readonly VideoOutcome[]): Promise<number> {
  const { databaseUrl, objects, scratch } = cluster;
  await eventually('every video has its storyboard and its preview', async () => {
    const made = await rowsOf(databaseUrl, `select from variant where kind in ('storyboard', 'preview')`);
    return made.length === 2 * outcomes.length;
  });
  // What the killed had begun is swept half an hour later: now.
  await rowsOf(databaseUrl, 'update pending_deletion set due_at = now()');
  await eventually('what the killed left is swept', async () => {
    return (await rowsOf(databaseUrl, 'select from pending_deletion')).length === 0;
  });
  const census = await takeCensus(databaseUrl, objects);
  if (census.orphans.length > 0) throw new Violation(`violated: objects of nobody: ${list(census.orphans)}`);
  if (census.missing.length > 0)
    throw new Violation(`violated: objects are missing: ${list(census.missing)}`);
  const invariants = new Invariants(cluster);
  await invariants.hasExactQuota(outcomes);
  await invariants.isReconciled();
  const codes = await cluster.shutDown();
  if (codes.some((code) => code !== 0)) throw new Violation(`violated: all end well: ${codes.join()}`);
  const left = await readdir(scratch);
  if (left.length > 0) throw new Violation(`violated: temporary files are left: ${list(left)}`);
  const tools = await toolsAtWork(scratch);
  if (tools.length > 0) throw new Violation(`violated: tools are still at work: ${JSON.stringify(tools)}`);
  return census.objects;
}

async function eventually(invariant: string, holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + SETTLED_MS; Date.now() < deadline; await sleep(250)) {
    if (await holds()) return;
  }
  throw new Violation(`violated after ${SETTLED_MS} ms: ${invariant}`);
}

const list = (names: readonly string[]) =>
  `${names.slice(0, 10).join(', ')}${names.length > 10 ? `, and ${names.length - 10} more` : ''}`;

function oneAfterTheOther(): VideoSurroundings['inTurn'] {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work, work);
    last = next.catch(() => undefined);
    return next;
  };
}
