/**
 * What the analysis of pictures costs, by what the kernel counts for its process: CPU time to start and per
 * picture, and the peak of resident memory. Needs Linux and the add-on.
 * Usage: node scripts/analysis-cost.ts PICTURE…
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';

const ROUNDS = 20;
/** Clock ticks of /proc are hundredths of a second on every Linux that Node runs on. */
const TICK_MS = 10;

const root = join(import.meta.dirname, '..');
const { positionals: paths } = parseArgs({ allowPositionals: true });
if (paths.length === 0) throw new Error('usage: node scripts/analysis-cost.ts PICTURE…');
const pictures = await Promise.all(
  paths.map(async (path) => {
    const pipeline = sharp(path).autoOrient().resize(640, 640, { fit: 'inside', withoutEnlargement: true });
    const { data, info } = await pipeline
      .flatten({ background: '#fff' })
      .toColourspace('srgb')
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, pixels: data };
  }),
);

for (const features of ['faces', 'objects', 'nsfw', 'faces,objects,nsfw']) {
  const child = spawn(
    process.execPath,
    [
      '--max-old-space-size=256',
      join(root, 'src/processing/analysis/analysis-process.ts'),
      join(root, 'addons/image-analysis'),
      features,
    ],
    { env: {}, stdio: ['ignore', 'inherit', 'inherit', 'ipc'], serialization: 'advanced' },
  );
  await once(child, 'message');
  const start = cpuMs(child);
  // The first picture of each kind also compiles.
  await analyseAll(child);
  const warm = cpuMs(child);
  for (let round = 0; round < ROUNDS; round += 1) await analyseAll(child);
  const perPicture = (cpuMs(child) - warm) / (ROUNDS * pictures.length);
  process.stdout.write(
    `${features}: start ${start} ms CPU, ${perPicture.toFixed(0)} ms CPU a picture, peak ${peakMb(child)} MB resident\n`,
  );
  child.disconnect();
  await once(child, 'exit');
}

async function analyseAll(child: ChildProcess): Promise<void> {
  for (const picture of pictures) {
    const answer = once(child, 'message');
    child.send(picture);
    const [received] = (await answer) as [object];
    if (!('detections' in received)) throw new Error(JSON.stringify(received));
  }
}

/** User and system time of all threads, proc(5). */
function cpuMs({ pid }: ChildProcess): number {
  const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
  const [user = 0, system = 0] = fields.split(' ').slice(11, 13).map(Number);
  return (user + system) * TICK_MS;
}

function peakMb({ pid }: ChildProcess): number {
  const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kilobytes) / 1024);
}
