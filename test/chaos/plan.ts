import type { Fault } from './faulty-bucket.ts';
import { Random } from './random.ts';

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 ** 2;
/** The least that S3 takes, so that small files have several parts. */
export const PART_BYTES = 5 * MEBIBYTE;

export const interruptionKinds = ['client-cut', 'api-kill', 's3-error', 's3-timeout'] as const;
export type InterruptionKind = (typeof interruptionKinds)[number];

export interface Interruption {
  kind: InterruptionKind;
  /** Strikes when the upload has sent so many bytes, those that were lost included. */
  atBytes: number;
  /** What the bucket does, to how many requests in a row. */
  faults: readonly Fault[];
}

const uploadWays = ['tus', 'tus-parallel', 'multipart'] as const;

export interface UploadPlan {
  index: number;
  way: (typeof uploadWays)[number];
  sizeBytes: number;
  /** Uploads with the same have the same bytes. */
  contentSeed: number;
  /** Of all further choices of this upload. */
  seed: number;
  /** In the order of their places. */
  interruptions: Interruption[];
}

export interface ChaosOptions {
  seed: number;
  uploads: number;
  interruptions: number;
  driver: 'local' | 's3';
}

/** What an interruption is, of a hundred, by driver. */
const shares: Record<ChaosOptions['driver'], Record<InterruptionKind, number>> = {
  local: { 'client-cut': 85, 'api-kill': 15, 's3-error': 0, 's3-timeout': 0 },
  s3: { 'client-cut': 40, 'api-kill': 12, 's3-error': 28, 's3-timeout': 20 },
};

/** All that is decided beforehand: the same seed gives the same uploads and the same interruptions. */
export function planChaos({ seed, uploads, interruptions, driver }: ChaosOptions): UploadPlan[] {
  const random = new Random(seed);
  const plans = Array.from({ length: uploads }, (_, index) => planUpload(random, index));
  // The bytes of some are known already when they come: originals are shared.
  for (const plan of plans) {
    const twin = plans.find(({ index }) => index === plan.index - 7);
    if (twin?.way === plan.way && random.chance(0.5)) {
      Object.assign(plan, { sizeBytes: twin.sizeBytes, contentSeed: twin.contentSeed });
    }
  }
  const kinds = deal(interruptions, shares[driver]);
  for (const kind of random.shuffle(kinds)) {
    const plan = plans[random.int(0, plans.length - 1)];
    if (!plan) break;
    const atBytes = random.int(1, Math.floor(plan.sizeBytes * 0.95));
    plan.interruptions.push({ kind, atBytes, faults: faultsOf(kind, random) });
  }
  for (const { interruptions: own } of plans) own.sort((a, b) => a.atBytes - b.atBytes);
  return random.shuffle(plans);
}

function planUpload(random: Random, index: number): UploadPlan {
  const way = uploadWays[random.pick([0, 0, 1, 2, 2])] ?? 'tus';
  const sizeBytes =
    way === 'multipart'
      ? random.int(PART_BYTES + 1, 4 * PART_BYTES)
      : random.int(300 * KIBIBYTE, 12 * MEBIBYTE);
  return {
    index,
    way,
    sizeBytes,
    contentSeed: random.int(1, 2 ** 31),
    seed: random.int(1, 2 ** 31),
    interruptions: [],
  };
}

/** Exactly so many, in these shares. */
function deal(count: number, share: Record<InterruptionKind, number>): InterruptionKind[] {
  const kinds = interruptionKinds.filter((kind) => kind !== 'client-cut');
  const dealt = kinds.flatMap((kind) =>
    Array.from({ length: Math.round((count * share[kind]) / 100) }, () => kind),
  );
  const rest = Array.from({ length: count - dealt.length }, () => 'client-cut' as const);
  return [...dealt, ...rest];
}

/** A burst of six is more than the service tries; shorter ones it should hide. */
function faultsOf(kind: InterruptionKind, random: Random): Fault[] {
  if (kind === 's3-error') {
    const burst = random.pick([1, 1, 2, 6]);
    return Array.from({ length: burst }, () => random.pick(['refused', 'refused', 'lost', 'reset', 'cut']));
  }
  return kind === 's3-timeout' ? Array.from({ length: random.pick([1, 1, 2]) }, () => 'silent') : [];
}
