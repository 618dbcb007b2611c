/** The pictures that the image benchmarks start from, and how they come into the service. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { root, type Server } from '../servers.ts';

export const formats = ['jpeg', 'webp', 'avif'] as const;
export type Format = (typeof formats)[number];

export interface Source {
  name: string;
  file: string;
  type: string;
}

/** The sample photo upright and without metadata, which not all peers understand: a JPEG of 12 MP and a PNG of 2 MP. */
export async function makeSources(directory: string): Promise<{ photo: Source; picture: Source }> {
  const sample = join(root, 'samples/photo.jpg');
  if (!existsSync(sample)) execFileSync(process.execPath, [join(root, 'scripts/samples.ts')]);
  const jpeg = join(directory, 'photo.jpg');
  const png = join(directory, 'picture.png');
  await sharp(sample).autoOrient().jpeg({ quality: 90 }).toFile(jpeg);
  await sharp(sample).autoOrient().resize({ width: 1632 }).png().toFile(png);
  return {
    photo: { name: '12 MP JPEG', file: jpeg, type: 'image/jpeg' },
    picture: { name: '2 MP PNG', file: png, type: 'image/png' },
  };
}

/** Uploads a picture and waits until it is ready. @returns its id */
export async function uploadImage({ origin, token }: Server, { file, type }: Source): Promise<string> {
  const headers = { Authorization: `Bearer ${token}` };
  const form = new FormData();
  form.set('file', new Blob([await readFile(file)], { type }), 'picture');
  const answer = await fetch(`${origin}/v1/media`, { method: 'POST', body: form, headers });
  const { id } = (await answer.json()) as { id: string };
  for (;;) {
    const media = await fetch(`${origin}/v1/media/${id}`, { headers });
    const { status } = (await media.json()) as { status: string };
    if (status === 'ready') return id;
    if (status === 'failed') throw new Error(`${file} could not be processed`);
    await sleep(200);
  }
}

/** The bytes of one transform. */
export async function fetchImage(server: Server, path: string): Promise<Buffer> {
  const headers = server.token ? { Authorization: `Bearer ${server.token}` } : {};
  const response = await fetch(`${server.origin}${path}`, { headers });
  if (response.status !== 200) throw new Error(`${path} was answered ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2;
}
