/** The chaos of uploads: clients that break off, processes that are killed, a bucket that fails. */
import { parseArgs } from 'node:util';
import { type ChaosReport, runChaos } from '../../test/chaos/run.ts';
import type { Chaos } from './chaos.ts';

export function uploadChaos(args: string[]): Chaos {
  const { values } = parseArgs({
    args,
    options: {
      seed: { type: 'string', default: '1' },
      uploads: { type: 'string', default: '50' },
      interruptions: { type: 'string', default: '200' },
      driver: { type: 'string', default: 'local' },
      'short-silences': { type: 'boolean', default: false },
    },
  });
  const driver = values.driver === 's3' ? 's3' : 'local';
  const options = {
    seed: Number(values.seed),
    uploads: Number(values.uploads),
    interruptions: Number(values.interruptions),
    driver,
    longSilence: !values['short-silences'],
  } as const;
  const command = `npm run chaos -- --seed ${options.seed} --uploads ${options.uploads} --interruptions ${options.interruptions} --driver ${driver}`;
  return { command, run: async () => summary(await runChaos(options)) };
}

function summary({ tally, finished, orphans, reconciled, seconds }: ChaosReport): string {
  const kinds = Object.entries(tally.interruptions).filter(([, count]) => count > 0);
  const bytes = finished.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return [
    `uploads        ${finished.length}, all byte-identical`,
    `interruptions  ${tally.interrupted}: ${kinds.map(([kind, count]) => `${count} ${kind}`).join(', ')}`,
    `bytes          ${bytes} uploaded, ${tally.bytesSent} sent`,
    `requests       ${tally.requests}, ${tally.resumes} resumes`,
    `lost           ${tally.lostCreations} creations without an answer, ${orphans} orphans given up`,
    `afterwards     no reservation, exact quota, ${reconciled ? 'nothing to reconcile' : 'not reconciled: no such route'}`,
    `wall time      ${seconds.toFixed(1)} s`,
  ].join('\n');
}
