import { setTimeout as sleep } from 'node:timers/promises';
import { Violation } from '../chronicle.ts';
import { rowsOf } from '../../support/store-census.ts';
import { chunksLost, type EncoderLog, type EncoderStarts } from './encoder-log.ts';
import { anotherCopy, type Film } from './film.ts';
import type { PlannedKill, VideoRunPlan } from './plan.ts';
import { toolsAtWork } from '../../support/tools-at-work.ts';
import type { VideoClient } from './video-client.ts';
import type { VideoCluster } from './video-cluster.ts';

const READY_MS = 240_000;
/** Within which the tools of a killed worker are gone. */
const ORPHAN_MS = 5000;
const LOOK_MS = 50;

/** A kill as it took place. */
export interface Kill extends PlannedKill {
  at: number;
  /** Process ids of the workers that it hit. */
  workers: number[];
  /** How many media tools were at work for them. */
  tools: number;
  /** Of the video that it was meant for. */
  progress: number;
}

export interface VideoOutcome {
  id: string;
  sizeBytes: number;
  kills: Kill[];
  chunks: number;
  /** Chunks, and tracks of sound, that were encoded again. */
  chunksLost: number;
  soundLost: number;
  /** Workers that were killed while the video was being processed. */
  workersKilled: number;
  seconds: number;
}

export interface VideoSurroundings {
  cluster: VideoCluster;
  client: VideoClient;
  log: EncoderLog;
  film: Film;
  /** All so far, of all runs. */
  kills: Kill[];
  /** What must not happen at once: uploads and kills. */
  inTurn: <T>(work: () => Promise<T>) => Promise<T>;
}

/** Uploads a film, kills as planned while it is processed, and looks at what has become of it. @throws Violation */
export async function runVideo(plan: VideoRunPlan, around: VideoSurroundings): Promise<VideoOutcome> {
  const { cluster, client, log, film, inTurn } = around;
  const { id, size } = await inTurn(() => client.upload(anotherCopy(film), `chaos-${plan.index}.mp4`));
  const startedAt = performance.now();
  const key = await originalOf(cluster, id);
  const kills: Kill[] = [];
  let before = 0;
  for (const planned of plan.kills) {
    await untilDue(planned, { id, key, before }, around);
    kills.push(await inTurn(() => strike(planned, id, around)));
    before = (await log.startsOn(key)).all;
  }
  await untilReady(id, client);
  const endedAt = performance.now();
  const starts = await log.startsOn(key);
  const outcome: VideoOutcome = {
    id,
    sizeBytes: size,
    kills,
    chunks: starts.chunks.size,
    chunksLost: chunksLost(starts),
    soundLost: Math.max(0, starts.sound - 1),
    workersKilled: around.kills
      .filter(({ at }) => at >= startedAt && at <= endedAt)
      .reduce((sum, { workers }) => sum + workers.length, 0),
    seconds: (endedAt - startedAt) / 1000,
  };
  await inTurn(() => assertWhole(outcome, starts, around));
  return outcome;
}

async function originalOf(cluster: VideoCluster, id: string): Promise<string> {
  const [row] = await rowsOf<{ key: string }>(
    cluster.databaseUrl,
    'select storage_key as key from blob where id = (select blob_id from media where id = $1)',
    [id],
  );
  if (!row) throw new Violation(`media ${id} has an original`);
  return row.key;
}

/** Resolves when a kill is due, or the video was sooner ready. */
async function untilDue(
  { afterStarts, delayMs }: PlannedKill,
  { id, key, before }: { id: string; key: string; before: number },
  { client, log }: VideoSurroundings,
): Promise<void> {
  while ((await log.startsOn(key)).all - before < afterStarts) {
    if ((await client.get(id)).status === 'ready') return;
    await sleep(LOOK_MS);
  }
  await sleep(delayMs);
}

async function strike(planned: PlannedKill, id: string, around: VideoSurroundings): Promise<Kill> {
  const { cluster, client } = around;
  const { progress } = await client.get(id);
  const tools = await toolsAtWork(cluster.scratch);
  const at = performance.now();
  const workers = await cluster.kill(planned);
  const kill = {
    ...planned,
    at,
    workers,
    progress,
    tools: tools.filter(({ owner }) => workers.includes(owner)).length,
  };
  around.kills.push(kill);
  await assertNoOrphans(cluster, workers);
  await cluster.restart(planned.victim);
  return kill;
}

async function assertNoOrphans({ scratch }: VideoCluster, workers: readonly number[]): Promise<void> {
  for (const deadline = Date.now() + ORPHAN_MS; ; await sleep(LOOK_MS)) {
    const orphans = (await toolsAtWork(scratch)).filter(({ owner }) => workers.includes(owner));
    if (orphans.length === 0) return;
    if (Date.now() > deadline)
      throw new Violation(`violated: tools outlive their worker: ${JSON.stringify(orphans)}`);
  }
}

async function untilReady(id: string, client: VideoClient): Promise<void> {
  let status = '';
  for (const deadline = Date.now() + READY_MS; Date.now() < deadline; await sleep(LOOK_MS * 2)) {
    const seen = await client.get(id);
    ({ status } = seen);
    if (status === 'ready') return;
    if (status === 'failed') throw new Violation(`violated: video ${id} failed with ${seen.failure?.code}`);
  }
  throw new Violation(`violated: video ${id} was ${status} and not ready after ${READY_MS} ms`);
}

async function assertWhole(
  outcome: VideoOutcome,
  starts: EncoderStarts,
  { client, film }: VideoSurroundings,
): Promise<void> {
  const { id, workersKilled } = outcome;
  const { metadata } = await client.get(id);
  if (metadata.damaged) throw new Violation(`violated: video ${id} is told to be damaged`);
  const { departures, frames } = await client.inspect(id);
  if (departures.length > 0) throw new Violation(`violated: video ${id}:\n${departures.join('\n')}`);
  const counts = Object.values(frames);
  if (counts.length !== 2 || counts.some((count) => count !== film.frames)) {
    throw new Violation(`violated: all of ${film.frames} pictures are there: ${JSON.stringify(frames)}`);
  }
  if (outcome.chunksLost > workersKilled || outcome.soundLost > workersKilled) {
    const counted = JSON.stringify({ ...starts, chunks: [...starts.chunks] });
    throw new Violation(
      `violated: ${workersKilled} killed workers cost one chunk each at most: ${counted} of ${id}`,
    );
  }
}
