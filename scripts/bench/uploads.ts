/** Uploads by each protocol against a pipeline that only counts, hashes and writes; and what they take of memory. */
import { setTimeout as sleep } from 'node:timers/promises';
import { bareFile, measure, residentBytes, type Row, type Server, startServer } from './servers.ts';

const protocols = ['form', 'tus', 'parts'] as const;
const GIB = 1024 ** 3;
const MIB = 1024 ** 2;

/** One stream into local storage; parts are sent one after the other. */
export async function benchThroughput(
  service: Server,
  { bytes, directory }: { bytes: number; directory: string },
): Promise<Row[]> {
  const bare = await startServer([bareFile, 'upload', directory]);
  const gib = bytes / GIB;
  const megabytes = bytes / 1e6;
  const send = async (server: Server, kind: (typeof protocols)[number]) => {
    await measure(server, kind, { url: server.origin, bytes: 64 * MIB });
    return measure(server, kind, { url: server.origin, bytes });
  };
  try {
    const rows: Row[] = [];
    for (const kind of protocols) {
      // Beside each other in time, for disks and neighbours change.
      const theirs = await send(bare, 'form');
      const ours = await send(service, kind);
      const what = `${kind}, ${gib.toFixed(2)} GiB`;
      rows.push(
        { what, unit: 'CPU s a GiB', service: ours.cpu / gib, bare: theirs.cpu / gib },
        { what, unit: 'MB/s', service: megabytes / ours.seconds, bare: megabytes / theirs.seconds },
      );
    }
    return rows;
  } finally {
    await bare.stop();
  }
}

/** How far the resident memory of the process grows over what it is after a warm-up. */
export async function benchMemory(service: Server, bytes: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (const kind of protocols) {
    await measure(service, kind, { url: service.origin, bytes: 256 * MIB });
    await sleep(2000);
    const before = residentBytes(service.pid);
    let peak = before;
    const sampler = setInterval(() => {
      peak = Math.max(peak, residentBytes(service.pid));
    }, 100);
    await measure(service, kind, { url: service.origin, bytes });
    clearInterval(sampler);
    const what = `${kind}, ${(bytes / GIB).toFixed(2)} GiB`;
    rows.push({ what, unit: 'RSS MiB', service: peak / MIB, bare: before / MIB });
  }
  return rows;
}
