/** Films of the benchmark, ffmpeg alone on them, and how much two films are alike. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import ffmpegInstaller from '@ffmpeg-installer/ffmpeg';
import { cpuSeconds, type Server } from './servers.ts';

const run = promisify(execFile);

/** The same for service and comparison. */
export const ffmpegPath = process.env['FFMPEG_PATH'] ?? ffmpegInstaller.path;

const ffmpeg = (...args: string[]) =>
  run(ffmpegPath, ['-nostdin', '-v', 'error', '-y', ...args], { maxBuffer: 64 * 1024 ** 2 });

export interface Rung {
  name: string;
  width: number;
  height: number;
  kbps: number;
}

const minute = 60;

/** 1080p30 of 20 Mb/s, as of a phone, that moves and is noisy, with sound; longer ones repeat a minute. @returns its path */
export async function makeFilm(seconds: number, directory: string): Promise<string> {
  const path = join(directory, `film-${seconds}.mp4`);
  if (existsSync(path)) return path;
  if (seconds > minute) {
    const source = await makeFilm(minute, directory);
    await ffmpeg(
      '-stream_loop',
      String(Math.ceil(seconds / minute) - 1),
      '-i',
      source,
      '-c',
      'copy',
      '-t',
      String(seconds),
      path,
    );
    return path;
  }
  await ffmpeg(
    ...`-f lavfi -i testsrc2=size=1920x1080:rate=30:duration=${seconds}`.split(' '),
    ...`-f lavfi -i sine=frequency=440:sample_rate=48000:duration=${seconds}`.split(' '),
    ...'-vf noise=alls=6:allf=t -c:v libx264 -preset ultrafast -b:v 20M -maxrate 20M -bufsize 20M -g 90 -pix_fmt yuv420p'.split(
      ' ',
    ),
    ...'-c:a aac -ac 2'.split(' '),
    path,
  );
  return path;
}

/** One ffmpeg, one decode, the settings of the service. @returns its CPU seconds, and a file of each rung */
export async function transcodeBare(
  film: string,
  rungs: readonly Rung[],
  directory: string,
): Promise<{ cpu: number; files: Map<string, string> }> {
  const files = new Map(rungs.map(({ name }) => [name, join(directory, `bare-${name}.mp4`)]));
  const colours = 'in_color_matrix=bt709:out_color_matrix=bt709:out_range=tv';
  const graph = [
    `[0:v]fps=fps=30:start_time=0,split=${rungs.length}${rungs.map((_, at) => `[s${at}]`).join('')}`,
    ...rungs.map(
      ({ width, height }, at) =>
        `[s${at}]scale=${width}:${height}:flags=bicubic:${colours},setsar=1,format=yuv420p[v${at}]`,
    ),
    '[0:a]aresample=48000:async=1:first_pts=0[sound]',
  ].join(';');
  const outputs = rungs.flatMap(({ name, kbps }, at) => [
    ...`-map [v${at}] -c:v libx264 -preset veryfast -profile:v high -crf 23 -maxrate ${kbps}k`.split(' '),
    ...`-bufsize ${kbps * 2}k -g 60 -keyint_min 60 -sc_threshold 0 -flags +cgop -bf 0`.split(' '),
    ...'-movflags frag_keyframe+empty_moov'.split(' '),
    files.get(name) ?? '',
  ]);
  const sound = [...'-map [sound] -c:a aac -b:a 128k -ac 2'.split(' '), join(directory, 'bare-audio.mp4')];
  const before = cpuSeconds(process.pid).all;
  await ffmpeg('-i', film, '-filter_complex', graph, ...outputs, ...sound);
  return { cpu: cpuSeconds(process.pid).all - before, files };
}

/** Joins the segments of each rung to a file. */
export async function downloadRungs(
  { origin, token }: Server,
  id: string,
  { rungs, directory }: { rungs: readonly Rung[]; directory: string },
): Promise<Map<string, string>> {
  await mkdir(directory, { recursive: true });
  const load = async (path: string): Promise<Buffer> => {
    const answer = await fetch(`${origin}/v1/media/${id}/hls/${path}`, {
      headers: { Authorization: `Bearer ${token}` },
    });
    if (answer.status !== 200) throw new Error(`${path} answers ${answer.status}`);
    return Buffer.from(await answer.arrayBuffer());
  };
  const files = new Map<string, string>();
  for (const { name } of rungs) {
    const playlist = (await load(`${name}/index.m3u8`)).toString();
    const path = join(directory, `${name}.mp4`);
    for (const [, init, segment] of playlist.matchAll(/^#EXT-X-MAP:URI="([^"]+)"|^([^#\n]+)$/gm)) {
      await appendFile(path, await load(`${name}/${init ?? segment}`));
    }
    files.set(name, path);
  }
  return files;
}

/** Structural similarity of a rendition to its source at the same size, 1 being the same; of the first 24 s. */
export async function similarity(path: string, film: string, { width, height }: Rung): Promise<number> {
  const filter = `[1:v]scale=${width}:${height}:flags=bicubic[r];[0:v][r]ssim`;
  const args = [
    '-nostdin',
    '-v',
    'info',
    '-t',
    '24',
    '-i',
    path,
    '-t',
    '24',
    '-i',
    film,
    '-lavfi',
    filter,
    '-f',
    'null',
    '-',
  ];
  const { stderr } = await run(ffmpegPath, args, { maxBuffer: 64 * 1024 ** 2 });
  const [, all] = /SSIM .*All:([\d.]+)/.exec(stderr) ?? [];
  if (all === undefined) throw new Error('ffmpeg told no similarity');
  return Number(all);
}
