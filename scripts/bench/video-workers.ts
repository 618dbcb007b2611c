/** One video and 1, 2, 4 and 6 workers that have a quarter of a core each: what further workers are worth. */
import { execFile } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from '../../test/support/free-port.ts';
import { type ServiceProcess, startService } from '../../test/support/service-process.ts';
import { SECRET, signToken } from '../../test/support/service-token.ts';
import { CpuShare } from './cpu-share.ts';
import { cpuSeconds, root, type Row } from './servers.ts';
import { ffmpegPath } from './video-films.ts';

const run = promisify(execFile);

const workerCounts = [1, 2, 4, 6];
const coresOfWorker = 0.25;
/** Two rungs, so that one worker needs minutes and not an hour. */
const settings = { VIDEO_LADDER: '240p:500k,360p:900k', VIDEO_PRESET: 'medium' };
/** What four workers are meant to be worth. */
const targets = new Map([[4, 3.4]]);

export interface VideoWorkersLoad {
  /** Of the film. */
  seconds: number;
  directory: string;
}

interface Site {
  url: string;
  token: string;
  dataDir: string;
  databaseUrl: string;
}

/** Seconds from the answer to an upload until the video is ready, by number of workers; the API has what it wants. */
export async function* benchVideoWorkers({ seconds, directory }: VideoWorkersLoad): AsyncGenerator<Row> {
  const film = await makeSmallFilm(seconds, directory);
  const ours = CpuShare.create(`media-bench-${process.pid}`, null);
  ours.add(process.pid);
  const { EmbeddedPostgres } = (await import(
    pathToFileURL(join(root, 'dist/database/embedded-postgres.js')).href
  )) as typeof import('../../src/database/embedded-postgres.js');
  const database = await EmbeddedPostgres.start(join(directory, 'postgres'));
  const dataDir = join(directory, 'workers-data');
  await mkdir(dataDir);
  const port = await freePort();
  const site = {
    url: `http://127.0.0.1:${port}`,
    token: await signToken(),
    dataDir,
    databaseUrl: database.url,
  };
  const api = await startRole(site, 'api', port);
  let alone: Made | null = null;
  try {
    for (const count of workerCounts) {
      const made = await withWorkers(site, count, () => processFilm(site, film));
      alone ??= made;
      const what = `${seconds} s of 360p, ${count} × ¼ core`;
      const least = targets.get(count);
      const ratio = alone.seconds / made.seconds;
      const target = least === undefined ? {} : { target: { least } };
      yield { what, unit: 's; speed-up', service: made.seconds, bare: alone.seconds, ratio, ...target };
      yield { what, unit: 'CPU s of the workers', service: made.cpu, bare: alone.cpu };
    }
  } finally {
    await api.kill('SIGTERM');
    await database.stop();
    ours.remove(process.pid);
  }
}

async function makeSmallFilm(seconds: number, directory: string): Promise<Buffer> {
  const path = join(directory, 'film-360p.mp4');
  await run(ffmpegPath, [
    ...`-nostdin -v error -f lavfi -i testsrc2=size=640x360:rate=30:duration=${seconds}`.split(' '),
    ...`-f lavfi -i sine=frequency=440:sample_rate=48000:duration=${seconds}`.split(' '),
    ...'-vf noise=alls=6:allf=t -c:v libx264 -preset ultrafast -crf 23 -g 90 -pix_fmt yuv420p'.split(' '),
    ...'-c:a aac -ac 2'.split(' '),
    path,
  ]);
  return readFile(path);
}

function startRole(site: Site, role: 'api' | 'worker', port: number): Promise<ServiceProcess> {
  return startService({
    port,
    dataDir: site.dataDir,
    env: {
      ROLE: role,
      DATABASE_URL: site.databaseUrl,
      JWT_SECRET: SECRET,
      RATE_LIMIT_PER_MINUTE: '0',
      FFMPEG_PATH: ffmpegPath,
      ...settings,
    },
  });
}

interface Made {
  seconds: number;
  /** Of the workers. */
  cpu: number;
}

/** Runs work beside so many workers, limited once they have started. */
async function withWorkers(site: Site, count: number, work: () => Promise<number>): Promise<Made> {
  const workers: { worker: ServiceProcess; pid: number; share: CpuShare }[] = [];
  const cpu = (): number => workers.reduce((sum, { pid }) => sum + cpuSeconds(pid).all, 0);
  try {
    for (let index = 0; index < count; index += 1) {
      const worker = await startRole(site, 'worker', await freePort());
      const pid = worker.process.pid ?? 0;
      const share = CpuShare.create(`media-bench-${pid}`, coresOfWorker);
      workers.push({ worker, pid, share });
      share.add(pid);
    }
    const before = cpu();
    const seconds = await work();
    return { seconds, cpu: cpu() - before };
  } finally {
    await Promise.all(
      workers.map(async ({ worker, share }) => {
        await worker.kill('SIGKILL');
        // What it had started dies with it, in a moment.
        await sleep(500);
        share.remove();
      }),
    );
  }
}

/** @returns how many seconds it took from the answer on */
async function processFilm({ url, token }: Site, film: Buffer): Promise<number> {
  const headers = { Authorization: `Bearer ${token}` };
  const form = new FormData();
  form.set('file', new Blob([new Uint8Array(film)], { type: 'video/mp4' }), 'film.mp4');
  const answer = await fetch(`${url}/v1/media`, { method: 'POST', body: form, headers });
  if (answer.status !== 201) throw new Error(`the upload answers ${answer.status}`);
  const { id } = (await answer.json()) as { id: string };
  const begin = performance.now();
  for (;;) {
    const { status } = (await (await fetch(`${url}/v1/media/${id}`, { headers })).json()) as {
      status: string;
    };
    if (status === 'failed') throw new Error('the film could not be processed');
    if (status === 'ready') break;
    await sleep(200);
  }
  const seconds = (performance.now() - begin) / 1000;
  await fetch(`${url}/v1/media/${id}?permanent=true`, { method: 'DELETE', headers });
  return seconds;
}
