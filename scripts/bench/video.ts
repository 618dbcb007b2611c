/** A whole transcode by the service against one ffmpeg that decodes once for the same rungs, and how soon it plays. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuSeconds, root, type Row, type Server, startServer } from './servers.ts';
import { downloadRungs, ffmpegPath, makeFilm, type Rung, similarity, transcodeBare } from './video-films.ts';

const rungs: Rung[] = [
  { name: '480p', width: 854, height: 480, kbps: 1400 },
  { name: '720p', width: 1280, height: 720, kbps: 2800 },
  { name: '1080p', width: 1920, height: 1080, kbps: 5000 },
];
/** Asking costs the service CPU too: often only for the moment that is measured. */
const pollMs = { ready: 1000, playable: 50 };

export interface VideoLoad {
  /** Of the film whose CPU is measured. */
  seconds: number;
  /** Of the films whose first moments are measured. */
  lengths: readonly number[];
  directory: string;
}

/** CPU and likeness of a film in one chunk and in chunks of 20 s, and the time to a playable master of others. */
export async function* benchVideo({ seconds, lengths, directory }: VideoLoad): AsyncGenerator<Row> {
  const film = await makeFilm(seconds, directory);
  const bare = await transcodeBare(film, rungs, directory);
  for (const chunkSeconds of [seconds, 20]) {
    const chunks = chunkSeconds === seconds ? 'one chunk' : `chunks of ${chunkSeconds} s`;
    const made = await transcode(film, { directory, chunkSeconds });
    yield { what: `${seconds} s of 1080p30, ${chunks}`, unit: 'CPU s', service: made.cpu, bare: bare.cpu };
    for (const rung of rungs) {
      yield {
        what: `${rung.name}, ${chunks}`,
        unit: 'SSIM',
        service: await similarity(made.files.get(rung.name) ?? '', film, rung),
        bare: await similarity(bare.files.get(rung.name) ?? '', film, rung),
      };
    }
  }
  yield* timesToPlay(lengths, directory);
}

/** By the service alone, from before the upload until it is ready. */
async function transcode(
  film: string,
  { directory, chunkSeconds }: { directory: string; chunkSeconds: number },
): Promise<{ cpu: number; files: Map<string, string> }> {
  const server = await startService(directory, chunkSeconds);
  try {
    const before = cpuSeconds(server.pid).all;
    const id = await upload(server, film);
    await until(server, id, 'ready');
    const cpu = cpuSeconds(server.pid).all - before;
    const place = { rungs, directory: join(directory, `made-${chunkSeconds}`) };
    return { cpu, files: await downloadRungs(server, id, place) };
  } finally {
    await server.stop();
  }
}

async function* timesToPlay(lengths: readonly number[], directory: string): AsyncGenerator<Row> {
  const server = await startService(directory, 20);
  let first: number | null = null;
  try {
    for (const length of lengths) {
      const film = await makeFilm(length, directory);
      const id = await upload(server, film);
      const begin = performance.now();
      await until(server, id, 'playable');
      const master = await fetch(`${server.origin}/v1/media/${id}/hls/master.m3u8`, {
        headers: bearer(server),
      });
      if (master.status !== 200) throw new Error(`the master playlist answers ${master.status}`);
      const seconds = (performance.now() - begin) / 1000;
      first ??= seconds;
      yield {
        what: `201 to playable, ${length} s of 1080p`,
        unit: 's, and of the first',
        service: seconds,
        bare: first,
      };
      await fetch(`${server.origin}/v1/media/${id}?permanent=true`, {
        method: 'DELETE',
        headers: bearer(server),
      });
    }
  } finally {
    await server.stop();
  }
}

function startService(directory: string, chunkSeconds: number): Promise<Server> {
  return startServer(['--enable-source-maps', join(root, 'dist/main.js')], {
    DATA_DIR: directory,
    PORT: '0',
    HOST: '127.0.0.1',
    LOG_LEVEL: 'warn',
    RATE_LIMIT_PER_MINUTE: '0',
    FFMPEG_PATH: ffmpegPath,
    MAX_UPLOAD_BYTES: String(8 * 1024 ** 3),
    VIDEO_LADDER: rungs.map(({ name, kbps }) => `${name}:${kbps}k`).join(','),
    VIDEO_FIRST_CHUNK_SECONDS: String(chunkSeconds === 20 ? 4 : Math.min(chunkSeconds, 60)),
    VIDEO_CHUNK_SECONDS: String(chunkSeconds),
  });
}

const bearer = ({ token }: Server) => ({ Authorization: `Bearer ${token}` });

async function upload(server: Server, film: string): Promise<string> {
  const form = new FormData();
  form.set('file', new Blob([await readFile(film)], { type: 'video/mp4' }), 'film.mp4');
  const answer = await fetch(`${server.origin}/v1/media`, {
    method: 'POST',
    body: form,
    headers: bearer(server),
  });
  if (answer.status !== 201) throw new Error(`the upload answers ${answer.status}`);
  return ((await answer.json()) as { id: string }).id;
}

interface VideoState {
  status: string;
  playable: boolean;
}

async function until({ origin, token }: Server, id: string, state: keyof typeof pollMs): Promise<void> {
  for (;;) {
    const answer = await fetch(`${origin}/v1/media/${id}`, { headers: { Authorization: `Bearer ${token}` } });
    const { status, playable } = (await answer.json()) as VideoState;
    if (status === 'failed') throw new Error('the film could not be processed');
    if (state === 'playable' ? playable : status === 'ready') return;
    await sleep(pollMs[state]);
  }
}
