/** Transforms and thumbnails against bare sharp and a bare handler. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bareFile, measure, root, type Row, type Server, startServer } from './servers.ts';

const photo = join(root, 'samples/photo.jpg');

export interface ImageLoad {
  images: number;
  requests: number;
  directory: string;
}

export async function benchImages(service: Server, load: ImageLoad): Promise<Row[]> {
  if (!existsSync(photo)) execFileSync(process.execPath, [join(root, 'scripts/samples.ts')]);
  const id = await uploadPhoto(service);
  return [
    await compareImages(service, id, { format: 'jpeg', images: load.images }),
    await compareImages(service, id, { format: 'webp', images: load.images }),
    await compareThumbnails(service, id, load),
  ];
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
async function compareImages(
  service: Server,
  id: string,
  { format, images }: { format: 'jpeg' | 'webp'; images: number },
): Promise<Row> {
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
async function compareThumbnails(
  service: Server,
  id: string,
  { directory, requests }: ImageLoad,
): Promise<Row> {
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
