import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseMediaPlaylist } from '../../src/processing/video/index.js';
import { testToolPaths } from './media-tools.js';

const run = promisify(execFile);
const { ffmpegPath, ffprobePath } = testToolPaths;

async function decode(args: string[]): Promise<Buffer> {
  const options = { encoding: 'buffer', maxBuffer: 256 * 1024 ** 2 } as const;
  return (await run(ffmpegPath, ['-nostdin', '-v', 'error', '-xerror', ...args, '-'], options)).stdout;
}

/** Joins the segments of a rendition to one file beside its directory. */
export async function joinRendition(hlsDir: string, name: string): Promise<string> {
  const directory = join(hlsDir, name);
  const playlist = parseMediaPlaylist(await readFile(join(directory, 'index.m3u8'), 'utf8'));
  const files = [playlist.initUri ?? '', ...playlist.segments.map(({ uri }) => uri)];
  const path = join(hlsDir, '..', `${name}.joined.mp4`);
  await writeFile(
    path,
    Buffer.concat(await Promise.all(files.map((file) => readFile(join(directory, file))))),
  );
  return path;
}

/** A file's stream entries, as ffprobe names them. */
export async function probeStreams(path: string): Promise<Record<string, string | number>[]> {
  const { stdout } = await run(ffprobePath, ['-v', 'error', '-show_streams', '-of', 'json', path]);
  return (JSON.parse(stdout) as { streams: Record<string, string | number>[] }).streams;
}

/** All tags of a file and its streams, as text. */
export async function probeTags(path: string): Promise<string> {
  const args = ['-v', 'error', '-show_entries', 'format_tags:stream_tags', '-of', 'json', path];
  return (await run(ffprobePath, args)).stdout;
}

/** One frame of a video as PNG: the first, or that at a time. */
export function decodeFrame(path: string, seconds = 0): Promise<Buffer> {
  return decode(['-ss', String(seconds), '-i', path, '-frames:v', '1', '-f', 'image2pipe', '-c:v', 'png']);
}

/** As browsers do: what the edit list says is not heeded. */
const asBrowser = ['-ignore_editlist', '1'];

/** Mean brightness of each frame. */
export async function brightness(path: string): Promise<number[]> {
  const gray = await decode([
    ...asBrowser,
    '-i',
    path,
    '-vf',
    'scale=1:1:flags=area,format=gray',
    '-f',
    'rawvideo',
  ]);
  return [...gray];
}

/** Samples of the sound at 8 kHz, one channel. */
export async function samples(path: string): Promise<Int16Array> {
  const pcm = await decode([...asBrowser, '-i', path, '-ac', '1', '-ar', '8000', '-f', 's16le']);
  return new Int16Array(pcm.buffer.slice(pcm.byteOffset, pcm.byteOffset + pcm.length));
}

/** When each packet of a file's first stream is shown, in seconds, in the order of the file. */
export async function packetTimes(path: string): Promise<number[]> {
  const args = [
    '-v',
    'error',
    '-select_streams',
    '0',
    '-show_entries',
    'packet=pts_time',
    '-of',
    'csv=p=0',
    path,
  ];
  const { stdout } = await run(ffprobePath, args, { maxBuffer: 16 * 1024 ** 2 });
  return stdout.trim().split('\n').map(Number);
}

const thumbnailBytes = 32 * 18;

/** Each frame of a video, very small, in grey. */
export async function thumbnails(path: string): Promise<Buffer[]> {
  const filter = 'scale=32:18:flags=area,format=gray';
  const all = await decode([
    '-i',
    path,
    '-map',
    '0:v',
    '-vsync',
    'passthrough',
    '-vf',
    filter,
    '-f',
    'rawvideo',
  ]);
  return Array.from({ length: all.length / thumbnailBytes }, (_, at) =>
    all.subarray(at * thumbnailBytes, (at + 1) * thumbnailBytes),
  );
}
