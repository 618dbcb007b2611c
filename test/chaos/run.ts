import { Chronicle, Violation } from './chronicle.ts';
import { ChaosClient } from './client.ts';
import { Cluster } from './cluster.ts';
import { documentOf, sha256Of } from './content.ts';
import { type Finished, Invariants } from './invariants.ts';
import { MultipartUploader } from './multipart-uploader.ts';
import { type ChaosOptions, planChaos, type UploadPlan } from './plan.ts';
import { Tally } from './tally.ts';
import { TusUploader } from './tus-uploader.ts';

/** So many at once that the leases of the killed run out beside the work of others. */
const UPLOADS_AT_ONCE = 12;

export interface ChaosReport {
  tally: Tally;
  finished: Finished[];
  orphans: number;
  /** Whether the service looked over itself in the end. */
  reconciled: boolean;
  seconds: number;
}

/** Runs all uploads, interrupted as planned. @throws Violation at the first invariant that does not hold */
export async function runChaos(options: ChaosOptions & { longSilence: boolean }): Promise<ChaosReport> {
  const startedAt = performance.now();
  const cluster = await Cluster.start(options.driver, options.longSilence);
  try {
    const tally = new Tally();
    const finished = await uploadAll(planChaos(options), { cluster, tally, startedAt });
    await cluster.settle();
    if (tally.interrupted !== options.interruptions) {
      throw new Violation(`only ${tally.interrupted} of ${options.interruptions} interruptions took place`);
    }
    const invariants = new Invariants(cluster);
    for (const one of finished) await invariants.isIdentical(one);
    const orphans = await invariants.giveUpOrphans(tally.lostCreations + tally.resumes);
    await invariants.hasExactQuota(finished);
    const reconciled = await invariants.isReconciled();
    return { tally, finished, orphans, reconciled, seconds: (performance.now() - startedAt) / 1000 };
  } catch (error) {
    if (error instanceof Violation) error.message += `\n\nwhat the service wrote last:\n${cluster.logs()}`;
    throw error;
  } finally {
    await cluster.stop();
  }
}

interface Surroundings {
  cluster: Cluster;
  tally: Tally;
  startedAt: number;
}

async function uploadAll(plans: UploadPlan[], surroundings: Surroundings): Promise<Finished[]> {
  const queue = [...plans];
  const finished: Finished[] = [];
  await Promise.all(
    Array.from({ length: UPLOADS_AT_ONCE }, async () => {
      for (let plan = queue.shift(); plan; plan = queue.shift()) {
        finished.push(await uploadOne(plan, surroundings));
      }
    }),
  );
  return finished;
}

async function uploadOne(plan: UploadPlan, { cluster, tally, startedAt }: Surroundings): Promise<Finished> {
  const chronicle = new Chronicle(plan, startedAt);
  const client = new ChaosClient(chronicle, { cluster, tally });
  const bytes = documentOf(plan.sizeBytes, plan.contentSeed);
  const file = { name: `chaos-${plan.index}.pdf`, bytes };
  const media = await (plan.way === 'multipart'
    ? new MultipartUploader(client, tally).upload(file)
    : plan.way === 'tus'
      ? new TusUploader(client, tally).upload(file)
      : new TusUploader(client, tally).uploadInParallel(file));
  chronicle.assert(client.left === 0, 'every interruption finds its upload');
  return { media, sizeBytes: plan.sizeBytes, sha256: sha256Of(bytes) };
}
