/** The service beside other image servers, on transforms that neither has made before. */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import ffmpegInstaller from '@ffmpeg-installer/ffmpeg';
import sharp from 'sharp';
import { measure, type Row, type Server } from '../servers.ts';
import type { Peer } from './peers.ts';
import { fetchImage, type Format, makeSources, median, type Source, uploadImage } from './sources.ts';

const WIDTH = 800;
const WARM_UP = 20;

export interface PeerLoad {
  images: number;
  rounds: number;
  directory: string;
  peers: Peer[];
}

/** Requests a CPU second, rounds of each in turn; and what one picture looks like. The service stores its results. */
export async function benchPeers(service: Server, load: PeerLoad): Promise<Row[]> {
  const { photo, picture } = await makeSources(load.directory);
  const folder = join(load.directory, 'served');
  await mkdir(folder, { recursive: true });
  for (const { file } of [photo, picture]) await copyFile(file, join(folder, basename(file)));
  const rows: Row[] = [];
  for (const peer of load.peers) {
    const server = await peer.start(folder);
    try {
      for (const source of [photo, picture]) {
        const id = await uploadImage(service, source);
        for (const format of peer.formats) {
          const contest = { peer, source, format, paths: [pathOf(id, format), peer.path(source, format)] };
          rows.push(...(await compare([service, server], contest, load)));
        }
      }
    } finally {
      await server.stop();
    }
  }
  return rows;
}

function pathOf(id: string, format: Format): string {
  return `/v1/media/${id}/resize?width={n}&format=${format}`;
}

interface Contest {
  peer: Peer;
  source: Source;
  format: Format;
  /** Of the service and of the peer. */
  paths: string[];
}

async function compare(
  servers: [ours: Server, theirs: Server],
  { peer, source, format, paths }: Contest,
  { images, rounds, directory }: PeerLoad,
): Promise<Row[]> {
  const perCpuSecond = async (index: 0 | 1, from: number, count: number): Promise<number> => {
    const server = servers[index];
    const load = { origin: server.origin, path: paths[index], concurrency: 2 };
    return count / (await measure(server, 'get', { ...load, from, count })).cpu;
  };
  await perCpuSecond(0, 16, WARM_UP);
  await perCpuSecond(1, 16, WARM_UP);
  const runs: { ours: number; theirs: number }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const from = 861 + round * images;
    runs.push({ ours: await perCpuSecond(0, from, images), theirs: await perCpuSecond(1, from, images) });
  }
  const [ours, theirs] = await Promise.all(
    servers.map(async (server, index) => {
      const bytes = await fetchImage(server, paths[index]?.replace('{n}', String(WIDTH)) ?? '');
      return { bytes: bytes.length, ssim: await ssim(bytes, source, directory) };
    }),
  );
  const what = `${peer.name}: ${source.name}, ${format.toUpperCase()}`;
  return [
    {
      what,
      unit: 'a CPU second',
      service: median(runs.map((run) => run.ours)),
      bare: median(runs.map((run) => run.theirs)),
      ratio: median(runs.map((run) => run.ours / run.theirs)),
      target: { least: 1 },
    },
    { what: `  ${WIDTH} px`, unit: 'bytes', service: ours?.bytes ?? 0, bare: theirs?.bytes ?? 0 },
    { what: `  ${WIDTH} px`, unit: 'SSIM', service: ours?.ssim ?? 0, bare: theirs?.ssim ?? 0 },
  ];
}

/** Of a picture against the source resized and kept without loss (Lanczos, 3 lobes), over all channels. */
async function ssim(picture: Buffer, source: Source, directory: string): Promise<number> {
  const name = join(directory, crypto.randomUUID());
  const files = [`${name}-it.png`, `${name}-reference.png`] as const;
  const { data, info } = await sharp(picture).removeAlpha().png().toBuffer({ resolveWithObject: true });
  await writeFile(files[0], data);
  const { width, height } = info;
  await sharp(source.file)
    .autoOrient()
    .removeAlpha()
    .resize({ width, height, fit: 'fill' })
    .png()
    .toFile(files[1]);
  const filter = '[0:v]format=yuv444p[a];[1:v]format=yuv444p[b];[a][b]ssim';
  const args = ['-i', files[0], '-i', files[1], '-lavfi', filter, '-f', 'null', '-'];
  const { stderr } = await promisify(execFile)(ffmpegInstaller.path, args);
  return Number(/All:([\d.]+)/.exec(stderr)?.[1]);
}
