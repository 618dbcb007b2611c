/** A derivative that is there, against a handler that sends the same buffer; and a crowd before one that is not. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bareFile, measure, type Row, type Server, startServer } from '../servers.ts';
import { fetchImage, makeSources, median, uploadImage } from './sources.ts';

const DERIVATIVE_BYTES = 40_000;
const CROWD = 100;

export interface HitLoad {
  /** Requests a round. */
  requests: number;
  rounds: number;
  directory: string;
}

export async function benchHits(service: Server, load: HitLoad): Promise<Row[]> {
  const { photo } = await makeSources(load.directory);
  const id = await uploadImage(service, photo);
  return [await compareHits(service, id, load), await crowd(service, id)];
}

/** Widens the picture until it has the wanted size. */
async function derivative(service: Server, id: string): Promise<{ path: string; bytes: Buffer }> {
  for (let width = 800; ; width += 40) {
    const path = `/v1/media/${id}/resize?width=${width}&format=jpeg`;
    const bytes = await fetchImage(service, path);
    if (bytes.length >= DERIVATIVE_BYTES) return { path, bytes };
  }
}

async function compareHits(
  service: Server,
  id: string,
  { requests, rounds, directory }: HitLoad,
): Promise<Row> {
  const { path, bytes } = await derivative(service, id);
  const file = join(directory, 'derivative.jpg');
  await writeFile(file, bytes);
  const bare = await startServer([bareFile, 'handler', file]);
  const cpuOf = async (server: Server): Promise<number> => {
    const load = { origin: server.origin, path, from: 0, concurrency: 8, count: requests };
    return ((await measure(server, 'get', load)).cpu / requests) * 1000;
  };
  try {
    await cpuOf(service);
    await cpuOf(bare);
    const runs: { ours: number; theirs: number }[] = [];
    for (let round = 0; round < rounds; round += 1) {
      runs.push({ ours: await cpuOf(service), theirs: await cpuOf(bare) });
    }
    return {
      what: `stored derivative, ${Math.round(bytes.length / 1000)} KB`,
      unit: 'CPU ms a request',
      service: median(runs.map(({ ours }) => ours)),
      bare: median(runs.map(({ theirs }) => theirs)),
      ratio: median(runs.map(({ ours, theirs }) => ours / theirs)),
      target: { most: 1.5 },
    };
  } finally {
    await bare.stop();
  }
}

/** The same new transform asked for by many at once: how often it is made, by the rows that its results left. */
async function crowd(service: Server, id: string): Promise<Row> {
  const before = await made(service);
  const path = `/v1/media/${id}/resize?width=1999&format=webp`;
  await measure(service, 'get', {
    origin: service.origin,
    path,
    from: 0,
    count: CROWD,
    concurrency: CROWD,
  });
  const transforms = (await made(service)) - before;
  return {
    what: `${CROWD} identical misses at once`,
    unit: 'transforms',
    service: transforms,
    bare: 1,
    target: { most: 1 },
  };
}

/** Objects that the service has stored so far: one for each transform. */
async function made({ origin }: Server): Promise<number> {
  const metrics = await (await fetch(`${origin}/metrics`)).text();
  const pattern = /^media_storage_operation_duration_seconds_count\{operation="put",outcome="ok"\} (\d+)/m;
  return Number(pattern.exec(metrics)?.[1] ?? 0);
}
