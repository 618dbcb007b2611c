/**
 * `npm run chaos -- --seed 1 --uploads 50 --interruptions 200 --driver local`: uploads by every protocol to two API
 * processes behind a load balancer, interrupted again and again: clients that break off, processes that are killed,
 * a bucket that fails or is silent. `--short-silences` lets no silence of the bucket outlast what the service waits for.
 *
 * `npm run chaos -- video --seed 1 --runs 30 --at-once 1 --seconds 60`: videos that two workers process, while one of them, all of
 * the service, or that and its database are killed at random moments.
 *
 * Both end with 1 at the first thing that must not happen; the same seed plans the same.
 */
import { Violation } from '../test/chaos/chronicle.ts';
import { uploadChaos } from './chaos/uploads.ts';
import { videoChaos } from './chaos/video.ts';

const [first, ...others] = process.argv.slice(2);
const { command, run } = first === 'video' ? videoChaos(others) : uploadChaos(process.argv.slice(2));
console.log(command);
try {
  console.log(await run());
} catch (error) {
  console.error(error instanceof Violation ? error.message : error);
  console.error(`\nagain: ${command}`);
  // At once: the others would go on to try for minutes.
  process.exit(1);
}
