/**
 * `npm run bench`: what the service costs beyond the libraries under it, as ratios measured in one run.
 * Ratios of CPU hold on a busy machine; those of time want a quiet one. Options, after `--`:
 * `--images 40`, `--upload-bytes 1073741824`, `--requests 5000`. Linux only: CPU is read from /proc.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import sharp from 'sharp';

interface Server {
  origin: string;
  /** Empty for the bare ones. */
  token: string;
  pid: number;
  stop(): Promise<void>;
}

interface Row {
  what: string;
  unit: string;
  service: number;
  bare: number;
}

const root = join(import.meta.dirname, '..');
const bareFile = join(import.meta.dirname, 'bench/bare.ts');
const photo = join(root, 'samples/photo.jpg');
/** Clock ticks a second in /proc, the same on all common Linux systems. */
const TICKS = 100;

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '40' },
    'upload-bytes': { type: 'string', default: String(1024 ** 3) },
    requests: { type: 'string', default: '5000' },
  },
});
const images = Number(values.images);
const uploadBytes = Number(values['upload-bytes']);
const requests = Number(values.requests);

/** CPU seconds so far of a process and of all below it, those that have ended included (proc(5), stat). */
function cpuSeconds(pid: number): number {
  const times = new Map<number, { parent: number; ticks: number }>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      // The name, in parentheses, may hold spaces: the fields are counted from behind it.
      const fields = readFileSync(`/proc/${name}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')
        .map(Number);
      const ticks = fields.slice(11, 15).reduce((sum, value) => sum + value, 0);
      times.set(Number(name), { parent: fields[1] ?? 0, ticks });
    } catch {
      // Ended since it was listed; its parent counts it from now on.
    }
  }
  const ticksOf = (root: number): number =>
    [...times].reduce(
      (sum, [child, { parent }]) => (parent === root ? sum + ticksOf(child) : sum),
      times.get(root)?.ticks ?? 0,
    );
  return ticksOf(pid) / TICKS;
}

/** Starts a server in a process of its own and reads where it is from the lines that it prints. */
async function startServer(args: string[], env: Record<string, string> = {}): Promise<Server> {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, args, {
    // Nothing of the caller's own settings, nor of a file .env here.
    env: { PATH, HOME, ...env },
    cwd: env['DATA_DIR'] ?? root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const found = { origin: '', token: '' };
  for await (const line of createInterface({ input: child.stdout })) {
    const [, name, value = ''] = /^(Service|Token|Bare) +(\S+)/.exec(line) ?? [];
    if (name === 'Token') found.token = value;
    else if (name) found.origin = value;
    if (name === 'Token' || name === 'Bare') break;
  }
  if (!found.origin || child.pid === undefined) throw new Error('the server ended before it listened');
  const stop = async (): Promise<void> => {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  };
  return { ...found, pid: child.pid, stop };
}

/** Runs the client, and tells what it took of time and what of CPU the server spent on it. */
async function measure(
  server: Server,
  kind: 'get' | 'send',
  load: object,
): Promise<{ cpu: number; seconds: number }> {
  const cpu = cpuSeconds(server.pid);
  const args = [
    join(import.meta.dirname, 'bench/load.ts'),
    kind,
    JSON.stringify({ token: server.token, ...load }),
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error('the client failed');
  return { cpu: cpuSeconds(server.pid) - cpu, seconds: Number(output) };
}

/** Uploads the photo and waits until it is ready. */
async function uploadPhoto({ origin, token }: Server): Promise<string> {
  const headers = { Authorization: `Bearer ${token}` };
  const form = new FormData();
  form.set('file', new Blob([await readFile(photo)], { type: 'image/jpeg' }), 'photo.jpg');
  const answer = await fetch(`${origin}/v1/media`, { method: 'POST', body: form, headers });
  const { id } = (await answer.json()) as { id: string };
  for (;;) {
    const media = await fetch(`${origin}/v1/media/${id}`, { headers });
    const { status } = (await media.json()) as { status: string };
    if (status === 'ready') return id;
    if (status === 'failed') throw new Error('the photo could not be processed');
    await sleep(200);
  }
}

/** Transforms of distinct widths, none of them made before, against the same loop over sharp alone. */
async function compareImages(service: Server, id: string, format: 'jpeg' | 'webp'): Promise<Row> {
  const load = {
    origin: service.origin,
    path: `/v1/media/${id}/resize?width={n}&format=${format}`,
    concurrency: 2,
  };
  await measure(service, 'get', { ...load, from: 700, count: 2 });
  const { cpu } = await measure(service, 'get', { ...load, from: 801, count: images });
  const bare = execFileSync(process.execPath, [bareFile, 'images', photo, format, '800', String(images)]);
  return {
    what: `12 MP to 800 px, ${format.toUpperCase()}`,
    unit: 'CPU ms an image',
    service: (cpu / images) * 1000,
    bare: (Number(bare) / images) * 1000,
  };
}

/** A thumbnail that is there, against a handler that sends the same bytes from memory. */
async function compareThumbnails(service: Server, id: string, directory: string): Promise<Row> {
  const path = `/v1/media/${id}/thumbnail?size=medium`;
  const headers = { Authorization: `Bearer ${service.token}` };
  const thumbnail = await fetch(`${service.origin}${path}`, { headers });
  const file = join(directory, 'thumbnail.webp');
  await writeFile(file, Buffer.from(await thumbnail.arrayBuffer()));
  const bare = await startServer([bareFile, 'handler', file]);
  const perRequest = async (server: Server): Promise<number> => {
    const load = { origin: server.origin, path, from: 0, concurrency: 8 };
    await measure(server, 'get', { ...load, count: requests / 5 });
    const { cpu } = await measure(server, 'get', { ...load, count: requests });
    return (cpu / requests) * 1000;
  };
  try {
    const row = { service: await perRequest(service), bare: await perRequest(bare) };
    return { what: 'stored thumbnail', unit: 'CPU ms a request', ...row };
  } finally {
    await bare.stop();
  }
}

/** One stream of form-data into local storage, against counting, hashing and writing the bare body. */
async function compareUploads(service: Server, directory: string): Promise<Row[]> {
  const bare = await startServer([bareFile, 'upload', directory]);
  const send = async (server: Server) => {
    const url = `${server.origin}/v1/media`;
    await measure(server, 'send', { url, bytes: 16 * 1024 ** 2 });
    return measure(server, 'send', { url, bytes: uploadBytes });
  };
  try {
    const [ours, theirs] = [await send(service), await send(bare)];
    const gib = uploadBytes / 1024 ** 3;
    const megabytes = uploadBytes / 1e6;
    const what = `upload of ${gib.toFixed(2)} GiB`;
    return [
      { what, unit: 'CPU s a GiB', service: ours.cpu / gib, bare: theirs.cpu / gib },
      { what, unit: 'MB/s', service: megabytes / ours.seconds, bare: megabytes / theirs.seconds },
    ];
  } finally {
    await bare.stop();
  }
}

function print(rows: Row[]): void {
  const [cpu] = cpus();
  const versions = `Node ${process.versions.node}, sharp ${sharp.versions.sharp}, libvips ${sharp.versions.vips}`;
  console.log(`${cpus().length} × ${cpu?.model ?? 'unknown CPU'}, ${process.platform}, ${versions}\n`);
  const figures = rows.map(
    ({ what, unit, service, bare }) => [what, unit, service, bare, service / bare] as const,
  );
  for (const [what, unit, ...numbers] of [['', '', 'service', 'bare', 'ratio'] as const, ...figures]) {
    const cells = numbers.map((cell) => (typeof cell === 'number' ? cell.toFixed(2) : cell).padStart(9));
    console.log(`${what.padEnd(24)}${unit.padEnd(18)}${cells.join('')}`);
  }
}

execFileSync(process.execPath, [join(import.meta.dirname, 'ensure-built.ts')], { stdio: 'inherit' });
if (!existsSync(photo)) execFileSync(process.execPath, [join(import.meta.dirname, 'samples.ts')]);
const directory = await mkdtemp(join(tmpdir(), 'media-bench-'));
try {
  const DATA_DIR = join(directory, 'data');
  await mkdir(DATA_DIR);
  const settings = { DATA_DIR, PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: 'warn', RATE_LIMIT_PER_MINUTE: '0' };
  const service = await startServer(['--enable-source-maps', join(root, 'dist/main.js')], settings);
  try {
    const id = await uploadPhoto(service);
    print([
      await compareImages(service, id, 'jpeg'),
      await compareImages(service, id, 'webp'),
      await compareThumbnails(service, id, directory),
      ...(await compareUploads(service, directory)),
    ]);
  } finally {
    await service.stop();
  }
} finally {
  await rm(directory, { recursive: true, force: true });
}
