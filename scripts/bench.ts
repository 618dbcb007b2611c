/**
 * `npm run bench`: what the service costs beyond the libraries under it, as ratios measured in one run.
 * Ratios of CPU hold on a busy machine; those of time want a quiet one. Options, after `--`:
 * `--only images,throughput,memory,slow,video`, `--video-seconds 60`, `--video-lengths 10,60,600`, `--images 40`, `--requests 5000`, `--upload-bytes 1073741824`,
 * `--memory-bytes 10737418240`, `--slow-uploads 500`. Linux only: CPU and memory are read from /proc.
 */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { benchImages } from './bench/images.ts';
import { root, type Row, startServer } from './bench/servers.ts';
import { benchSlowUploads } from './bench/slow-uploads.ts';
import { benchMemory, benchThroughput } from './bench/uploads.ts';
import { benchVideo } from './bench/video.ts';

const GIB = 1024 ** 3;

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'images,throughput,memory,slow,video' },
    'video-seconds': { type: 'string', default: '60' },
    'video-lengths': { type: 'string', default: '10,60,600' },
    images: { type: 'string', default: '40' },
    requests: { type: 'string', default: '5000' },
    'upload-bytes': { type: 'string', default: String(GIB) },
    'memory-bytes': { type: 'string', default: String(10 * GIB) },
    'slow-uploads': { type: 'string', default: '500' },
  },
});
const chosen = new Set(values.only.split(','));
const memoryBytes = Number(values['memory-bytes']);

function print(rows: Row[], columns: [service: string, bare: string]): void {
  for (const [what, unit, ...cells] of [
    ['', '', ...columns, 'ratio'] as const,
    ...rows.map((row) => [row.what, row.unit, row.service, row.bare, row.service / row.bare] as const),
  ]) {
    const texts = cells.map((cell) => (typeof cell === 'number' ? cell.toFixed(2) : cell).padStart(9));
    console.log(`${what.padEnd(30)}${unit.padEnd(18)}${texts.join('')}`);
  }
  console.log('');
}

execFileSync(process.execPath, [join(import.meta.dirname, 'ensure-built.ts')], { stdio: 'inherit' });
const [cpu] = cpus();
const versions = `Node ${process.versions.node}, sharp ${sharp.versions.sharp}, libvips ${sharp.versions.vips}`;
console.log(`${cpus().length} × ${cpu?.model ?? 'unknown CPU'}, ${process.platform}, ${versions}\n`);
const directory = await mkdtemp(join(tmpdir(), 'media-bench-'));
try {
  const DATA_DIR = join(directory, 'data');
  await mkdir(DATA_DIR);
  const service = await startServer(['--enable-source-maps', join(root, 'dist/main.js')], {
    DATA_DIR,
    PORT: '0',
    HOST: '127.0.0.1',
    LOG_LEVEL: 'warn',
    RATE_LIMIT_PER_MINUTE: '0',
    MAX_UPLOAD_BYTES: String(Math.max(memoryBytes, 5 * GIB)),
    MAX_CONCURRENT_UPLOADS: '1000',
    QUOTA_USER_DEFAULT_BYTES: String(1000 * GIB),
  });
  try {
    if (chosen.has('images')) {
      const load = { images: Number(values.images), requests: Number(values.requests), directory };
      print(await benchImages(service, load), ['service', 'bare']);
    }
    if (chosen.has('throughput')) {
      const bytes = Number(values['upload-bytes']);
      print(await benchThroughput(service, { bytes, directory }), ['service', 'bare']);
    }
    if (chosen.has('slow')) {
      print(await benchSlowUploads(service, Number(values['slow-uploads'])), ['beside', 'idle']);
    }
    if (chosen.has('memory')) print(await benchMemory(service, memoryBytes), ['peak', 'before']);
  } finally {
    await service.stop();
  }
  if (chosen.has('video')) {
    const video = join(directory, 'video');
    await mkdir(video);
    const lengths = values['video-lengths'].split(',').map(Number);
    const load = { seconds: Number(values['video-seconds']), lengths, directory: video };
    for await (const row of benchVideo(load)) print([row], ['service', 'bare']);
  }
} finally {
  await rm(directory, { recursive: true, force: true });
}
