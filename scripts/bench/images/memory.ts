/** What thousands of transforms leave in memory. */
import { setTimeout as sleep } from 'node:timers/promises';
import { measure, residentBytes, type Row, type Server } from '../servers.ts';
import { makeSources, uploadImage } from './sources.ts';

const MIB = 1024 ** 2;
const BATCH = 100;
/** What is kept on purpose reaches its bound before the first measurement; few heaps, as the image has by jemalloc. */
export const steadyMemorySettings = {
  IMAGE_MEMORY_CACHE_BYTES: String(4 * MIB),
  MALLOC_ARENA_MAX: '2',
};
/** Kinds of work in turn: decoders, encoders, filters. */
const mixture = [
  'width={n}&format=jpeg',
  'width={n}&format=webp',
  'width={n}&height=300&fit=cover&position=attention&format=jpeg',
  'width={n}&format=png&grayscale=true',
  'width={n}&format=avif',
  'width={n}&blur=3&format=webp',
];

/** Resident memory of the Node process after a tenth of the transforms, and after all. */
export async function benchTransformMemory(
  service: Server,
  { count, directory }: { count: number; directory: string },
): Promise<Row[]> {
  const sources = await makeSources(directory);
  const ids = [await uploadImage(service, sources.photo), await uploadImage(service, sources.picture)];
  const early = Math.max(BATCH, Math.round(count / 10));
  let before = 0;
  for (let done = 0; done < count; done += BATCH) {
    const turn = done / BATCH;
    const query = mixture[turn % mixture.length];
    // Widths repeat only with another kind of work or another source.
    const from = 120 + Math.floor(turn / (mixture.length * ids.length)) * BATCH;
    const path = `/v1/media/${ids[Math.floor(turn / mixture.length) % ids.length]}/image?${query}`;
    await measure(service, 'get', { origin: service.origin, path, from, count: BATCH, concurrency: 4 });
    if (done + BATCH === early) before = await settled(service);
  }
  return [
    {
      what: `${count} mixed transforms`,
      unit: `RSS MiB, after ${early}`,
      service: (await settled(service)) / MIB,
      bare: before / MIB,
      target: { most: 1.3 },
    },
  ];
}

/** After a pause, for the work of garbage collection. */
async function settled({ pid }: Server): Promise<number> {
  await sleep(3000);
  return residentBytes(pid);
}
