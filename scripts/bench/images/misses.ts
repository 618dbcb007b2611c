/** Transforms that nobody has asked for before, their results stored, against sharp alone. */
import { execFileSync } from 'node:child_process';
import { bareFile, measure, type Row, type Server } from '../servers.ts';
import { type Format, formats, makeSources, median, type Source, uploadImage } from './sources.ts';

/** For code that is compiled only when it is used often. */
const WARM_UP = 200;
const CONCURRENCY = 2;
const targets: Record<Format, number> = { jpeg: 1.1, webp: 1.05, avif: 1.05 };

export interface MissLoad {
  /** Transforms a round. */
  images: number;
  rounds: number;
  directory: string;
}

/** CPU of all processes of the service, the embedded PostgreSQL included; and of its Node process alone. */
export async function benchMisses(service: Server, load: MissLoad): Promise<Row[]> {
  const { photo, picture } = await makeSources(load.directory);
  const rows: Row[] = [];
  for (const source of [photo, picture]) {
    const id = await uploadImage(service, source);
    await measure(service, 'get', { ...request(service, id, 'jpeg'), from: 16, count: WARM_UP });
    for (const format of formats) rows.push(...(await compare(service, { id, source, format, load })));
  }
  return rows;
}

function request(service: Server, id: string, format: Format) {
  return {
    origin: service.origin,
    path: `/v1/media/${id}/resize?width={n}&format=${format}`,
    concurrency: CONCURRENCY,
  };
}

interface Comparison {
  id: string;
  source: Source;
  format: Format;
  load: MissLoad;
}

/** Rounds of each in turn, of the same widths. Where the bytes differ the settings do. */
async function compare(service: Server, { id, source, format, load }: Comparison): Promise<Row[]> {
  const { images, rounds } = load;
  const runs: { all: number; own: number; bare: number; bytes: [ours: number, theirs: number] }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const from = 761 + round * images;
    const ours = await measure(service, 'get', { ...request(service, id, format), from, count: images });
    const args = [bareFile, 'images', source.file, format, String(from), String(images)];
    const theirs = JSON.parse(String(execFileSync(process.execPath, args))) as { cpu: number; bytes: number };
    runs.push({ all: ours.cpu, own: ours.ownCpu, bare: theirs.cpu, bytes: [ours.bytes, theirs.bytes] });
  }
  const what = `${source.name} to ~800 px, ${format.toUpperCase()}`;
  const perImage = (values: number[]): number => (median(values) / images) * 1000;
  const row = (label: string, cpuOf: (run: (typeof runs)[number]) => number): Row => ({
    what: label,
    unit: 'CPU ms an image',
    service: perImage(runs.map(cpuOf)),
    bare: perImage(runs.map(({ bare }) => bare)),
    ratio: median(runs.map((run) => cpuOf(run) / run.bare)),
  });
  return [
    { ...row(what, ({ all }) => all), target: { most: targets[format] } },
    row('  without PostgreSQL', ({ own }) => own),
    {
      what: '  what came out',
      unit: 'bytes an image',
      service: runs.reduce((sum, { bytes }) => sum + bytes[0], 0) / runs.length / images,
      bare: runs.reduce((sum, { bytes }) => sum + bytes[1], 0) / runs.length / images,
    },
  ];
}
