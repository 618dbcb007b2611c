/** The chaos of videos: workers, or all of the service, killed while videos are processed. */
import { parseArgs } from 'node:util';
import { type PlannedKill, victims, type VideoRunPlan } from '../../test/chaos/video/plan.ts';
import { runVideoChaos, type VideoChaosReport } from '../../test/chaos/video/run-video-chaos.ts';
import type { VideoOutcome } from '../../test/chaos/video/video-run.ts';
import type { Chaos } from './chaos.ts';

export function videoChaos(args: string[]): Chaos {
  const { values } = parseArgs({
    args,
    options: {
      seed: { type: 'string', default: '1' },
      runs: { type: 'string', default: '30' },
      'at-once': { type: 'string', default: '1' },
      seconds: { type: 'string', default: '60' },
    },
  });
  const seed = Number(values.seed);
  const runs = Number(values.runs);
  const atOnce = Number(values['at-once']);
  const seconds = Number(values.seconds);
  const command = `npm run chaos -- video --seed ${seed} --runs ${runs} --at-once ${atOnce} --seconds ${seconds}`;
  const onOutcome = (plan: VideoRunPlan, outcome: VideoOutcome): void => console.log(line(plan, outcome));
  return {
    command,
    run: async () => summary(await runVideoChaos({ seed, runs, atOnce, seconds, onOutcome })),
  };
}

function line(
  { index }: VideoRunPlan,
  { kills, chunks, chunksLost, soundLost, seconds }: VideoOutcome,
): string {
  const struck = kills.map((kill) => `${kill.victim} at ${kill.progress} % (${moment(kill)})`);
  return [
    `run ${String(index + 1).padStart(3)}`,
    `again ${chunksLost} of ${chunks} chunks, sound ${soundLost}`,
    `ready after ${seconds.toFixed(1)} s`,
    struck.join(', '),
  ].join('  ');
}

const moment = ({ afterStarts, delayMs }: PlannedKill) => `${afterStarts} starts + ${delayMs} ms`;

function summary({ outcomes, kills, objects, seconds }: VideoChaosReport): string {
  const sum = (numbers: number[]): number => numbers.reduce((a, b) => a + b, 0);
  const byVictim = victims.map(
    (victim) => `${kills.filter((kill) => kill.victim === victim).length} ${victim}`,
  );
  const workers = sum(kills.map((kill) => kill.workers.length));
  const times = outcomes.map((outcome) => outcome.seconds).toSorted((a, b) => a - b);
  const lost = sum(outcomes.map((outcome) => outcome.chunksLost));
  return [
    `videos      ${outcomes.length}, all ready, whole and clean by the linter`,
    `kills       ${kills.length}: ${byVictim.join(', ')}; ${kills.filter(({ tools }) => tools > 0).length} hit a tool at work`,
    `lost        ${lost} chunks of ${sum(outcomes.map(({ chunks }) => chunks))} encoded again by ${workers} killed workers; sound ${sum(outcomes.map(({ soundLost }) => soundLost))} times`,
    `ready       after ${times[times.length >> 1]?.toFixed(1)} s (median), ${times.at(-1)?.toFixed(1)} s at most`,
    `afterwards  ${objects} objects, each with its row; no tool, temporary file or reservation left; nothing to reconcile`,
    `wall time   ${seconds.toFixed(1)} s`,
  ].join('\n');
}
