/**
 * `npm run chaos -- --seed 1 --uploads 50 --interruptions 200 --driver local`: uploads by every protocol to two API
 * processes behind a load balancer, interrupted again and again: clients that break off, processes that are killed,
 * a bucket that fails or is silent. Ends with 1 at the first thing that must not happen; the same seed plans the same
 * uploads and interruptions. `--short-silences` lets no silence of the bucket outlast what the service waits for.
 */
import { parseArgs } from 'node:util';
import { Violation } from '../test/chaos/chronicle.ts';
import { type ChaosReport, runChaos } from '../test/chaos/run.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    uploads: { type: 'string', default: '50' },
    interruptions: { type: 'string', default: '200' },
    driver: { type: 'string', default: 'local' },
    'short-silences': { type: 'boolean', default: false },
  },
});

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

const driver = values.driver === 's3' ? 's3' : 'local';
const options = {
  seed: Number(values.seed),
  uploads: Number(values.uploads),
  interruptions: Number(values.interruptions),
  driver,
  longSilence: !values['short-silences'],
} as const;
const command = `npm run chaos -- --seed ${options.seed} --uploads ${options.uploads} --interruptions ${options.interruptions} --driver ${driver}`;
console.log(command);
try {
  console.log(summary(await runChaos(options)));
} catch (error) {
  console.error(error instanceof Violation ? error.message : error);
  console.error(`\nagain: ${command}`);
  // At once: the other uploads would go on to try for minutes.
  process.exit(1);
}
