/**
 * `npm run bench`: what the service costs beyond the libraries under it, as ratios measured in one run.
 * Ratios of CPU hold on a busy machine; those of time want a quiet one. Linux only: CPU and memory are read from /proc.
 * Options, after `--`: `--only` with some of the names below, `--rounds 5`, `--images 24`, `--requests 5000`,
 * `--video-seconds 60`, `--video-lengths 10,60,600`, `--workers-seconds 180`, `--transforms 5000`, `--overload-seconds 60`, `--upload-bytes 1073741824`, `--memory-bytes 10737418240`,
 * `--slow-uploads 500`; and where other image servers are: `--imgproxy`, `--ipx`, `--thumbor` (docs/benchmarks.md).
 */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import {
  benchHits,
  benchMisses,
  benchOverload,
  benchPeers,
  benchTransformMemory,
  findPeers,
  overloadSettings,
  steadyMemorySettings,
} from './bench/images/index.ts';
import { print } from './bench/print.ts';
import { root, type Server, startServer } from './bench/servers.ts';
import { benchSlowUploads } from './bench/slow-uploads.ts';
import { benchMemory, benchThroughput } from './bench/uploads.ts';
import { benchVideo } from './bench/video.ts';
import { benchVideoWorkers } from './bench/video-workers.ts';

const GIB = 1024 ** 3;
const imageParts = ['misses', 'peers', 'hits', 'overload', 'transform-memory'];

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'images,throughput,memory,slow,video,video-workers' },
    'video-seconds': { type: 'string', default: '60' },
    'video-lengths': { type: 'string', default: '10,60,600' },
    'workers-seconds': { type: 'string', default: '180' },
    rounds: { type: 'string', default: '5' },
    images: { type: 'string', default: '24' },
    requests: { type: 'string', default: '5000' },
    transforms: { type: 'string', default: '5000' },
    'overload-seconds': { type: 'string', default: '60' },
    'upload-bytes': { type: 'string', default: String(GIB) },
    'memory-bytes': { type: 'string', default: String(10 * GIB) },
    'slow-uploads': { type: 'string', default: '500' },
    imgproxy: { type: 'string' },
    ipx: { type: 'string' },
    thumbor: { type: 'string' },
  },
});
const chosen = new Set(values.only.split(',').flatMap((name) => (name === 'images' ? imageParts : [name])));
const memoryBytes = Number(values['memory-bytes']);
const rounds = Number(values.rounds);

/** Runs work with a service of its own on empty data. */
async function withService(
  env: Record<string, string>,
  work: (service: Server) => Promise<void>,
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'media-bench-'));
  const DATA_DIR = join(directory, 'data');
  await mkdir(DATA_DIR);
  try {
    const service = await startServer(['--enable-source-maps', join(root, 'dist/main.js')], {
      DATA_DIR,
      PORT: '0',
      HOST: '127.0.0.1',
      LOG_LEVEL: 'warn',
      RATE_LIMIT_PER_MINUTE: '0',
      ...env,
    });
    try {
      await work(service);
    } finally {
      await service.stop();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function benchImages(service: Server, directory: string): Promise<void> {
  const load = { images: Number(values.images), requests: Number(values.requests), rounds, directory };
  if (chosen.has('misses')) print(await benchMisses(service, load), ['service', 'sharp']);
  if (chosen.has('peers')) {
    const { peers, missing } = findPeers(values);
    for (const reason of missing) console.log(reason);
    if (peers.length > 0) print(await benchPeers(service, { ...load, peers }), ['service', 'peer']);
  }
  if (chosen.has('hits')) print(await benchHits(service, load), ['service', 'bare']);
}

execFileSync(process.execPath, [join(import.meta.dirname, 'ensure-built.ts')], { stdio: 'inherit' });
const [cpu] = cpus();
const versions = `Node ${process.versions.node}, sharp ${sharp.versions.sharp}, libvips ${sharp.versions.vips}`;
console.log(`${cpus().length} × ${cpu?.model ?? 'unknown CPU'}, ${process.platform}, ${versions}\n`);
const directory = await mkdtemp(join(tmpdir(), 'media-bench-'));
try {
  const uploadSettings = {
    MAX_UPLOAD_BYTES: String(Math.max(memoryBytes, 5 * GIB)),
    MAX_CONCURRENT_UPLOADS: '1000',
    QUOTA_USER_DEFAULT_BYTES: String(1000 * GIB),
  };
  if (imageParts.slice(0, 3).some((part) => chosen.has(part)))
    await withService({}, (service) => benchImages(service, directory));
  if (chosen.has('overload')) {
    const load = { seconds: Number(values['overload-seconds']), directory };
    await withService(overloadSettings, async (service) =>
      print(await benchOverload(service, load), ['overload', 'measure']),
    );
  }
  if (chosen.has('transform-memory')) {
    const load = { count: Number(values.transforms), directory };
    await withService(steadyMemorySettings, async (service) =>
      print(await benchTransformMemory(service, load), ['all', 'a tenth']),
    );
  }
  if (['throughput', 'slow', 'memory'].some((part) => chosen.has(part)))
    await withService(uploadSettings, async (service) => {
      if (chosen.has('throughput')) {
        const bytes = Number(values['upload-bytes']);
        print(await benchThroughput(service, { bytes, directory }), ['service', 'bare']);
      }
      if (chosen.has('slow')) {
        print(await benchSlowUploads(service, Number(values['slow-uploads'])), ['beside', 'idle']);
      }
      if (chosen.has('memory')) print(await benchMemory(service, memoryBytes), ['peak', 'before']);
    });
  if (chosen.has('video')) {
    const video = join(directory, 'video');
    await mkdir(video);
    const lengths = values['video-lengths'].split(',').map(Number);
    const load = { seconds: Number(values['video-seconds']), lengths, directory: video };
    for await (const row of benchVideo(load)) print([row], ['service', 'bare']);
  }
  if (chosen.has('video-workers')) {
    const load = { seconds: Number(values['workers-seconds']), directory };
    for await (const row of benchVideoWorkers(load)) print([row], ['workers', '1 worker']);
  }
} finally {
  await rm(directory, { recursive: true, force: true });
}
