/** Twice as many transforms as the machine can do: who waits, who is refused, and what else suffers. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { measure, residentBytes, type Row, type Server } from '../servers.ts';
import { steadyMemorySettings } from './memory.ts';
import { makeSources, median, uploadImage } from './sources.ts';

const CLIENTS = 50;
const MIB = 1024 ** 2;
const CAPACITY_TRANSFORMS = 60;

/** Fewer places than clients, so that some have to be refused. */
export const overloadSettings = {
  ...steadyMemorySettings,
  TRANSFORM_QUEUE_LENGTH: '20',
  TRANSFORM_QUEUE_TIMEOUT_SECONDS: '5',
};
const WAIT_LIMIT_MS = 5000;

export async function benchOverload(
  service: Server,
  { seconds, directory }: { seconds: number; directory: string },
): Promise<Row[]> {
  await mkdir(directory, { recursive: true });
  const { photo } = await makeSources(join(directory));
  const id = await uploadImage(service, photo);
  const load = {
    origin: service.origin,
    path: `/v1/media/${id}/resize?width={width}&quality={quality}&format=webp`,
  };
  await measure(service, 'get', { ...load, from: 0, count: 30, concurrency: 2 });
  const alone = await measure(service, 'get', {
    ...load,
    from: 200,
    count: CAPACITY_TRANSFORMS,
    concurrency: 2,
  });
  const capacity = CAPACITY_TRANSFORMS / alone.seconds;
  const idle = await watch(service, 5);
  const watching = watch(service, seconds);
  const flood = await measure(service, 'flood', {
    ...load,
    from: 1000,
    clients: CLIENTS,
    perSecond: 2 * capacity,
    seconds,
  });
  const beside = await watching;
  const { longestMs = 0, served = 0, refused = 0, other = 0 } = flood.counts;
  if (other > 0) throw new Error(`${other} answers were neither 200 nor 503 with Retry-After`);
  const third = Math.floor(beside.resident.length / 3);
  return [
    {
      what: `${CLIENTS} clients for ${seconds} s`,
      unit: 'requests a second',
      service: (served + refused) / flood.seconds,
      bare: capacity,
    },
    { what: '  served', unit: 'requests a second', service: served / flood.seconds, bare: capacity },
    { what: '  refused: 503, Retry-After', unit: 'requests', service: refused, bare: served + refused },
    {
      what: '  longest wait for an answer',
      unit: 'ms, of the limit',
      service: longestMs,
      bare: WAIT_LIMIT_MS,
      target: { most: 1 },
    },
    {
      what: '  memory at the end, at the start',
      unit: 'RSS MiB',
      service: median(beside.resident.slice(-third)) / MIB,
      bare: median(beside.resident.slice(0, third)) / MIB,
      target: { most: 1.1 },
    },
    { what: '  GET /health/live beside, idle', unit: 'p99 ms', service: beside.p99Ms, bare: idle.p99Ms },
  ];
}

/** Asks for the health of the service ten times a second. @throws when it does not answer */
async function watch(
  { origin, pid }: Server,
  seconds: number,
): Promise<{ p99Ms: number; resident: number[] }> {
  const times: number[] = [];
  const resident: number[] = [];
  for (const end = performance.now() + seconds * 1000; performance.now() < end;) {
    const startedAt = performance.now();
    const response = await fetch(`${origin}/health/live`);
    await response.arrayBuffer();
    if (response.status !== 200) throw new Error(`/health/live was answered ${response.status}`);
    times.push(performance.now() - startedAt);
    resident.push(residentBytes(pid));
    await sleep(100);
  }
  const sorted = times.toSorted((a, b) => a - b);
  return { p99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? 0, resident };
}
