/** What many slow uploads do to everything else. */
import { once } from 'node:events';
import { Agent, type ClientRequest, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Row, Server } from './servers.ts';

const BYTES_PER_SECOND = 20_000;
const TICK_MS = 250;
/** More than any of them gets to send. */
const LENGTH = 10_000_000;
const SAMPLES = 1000;

/** 99th percentile of GET /v1/media/{id}, beside slow uploads and without. */
export async function benchSlowUploads(service: Server, uploads: number): Promise<Row[]> {
  const id = await smallMedia(service);
  await latencies(service, id, 200);
  const idle = await latencies(service, id, SAMPLES);
  const senders = await Promise.all(Array.from({ length: uploads }, () => beginUpload(service)));
  const chunk = Buffer.alloc((BYTES_PER_SECOND * TICK_MS) / 1000, 0x20);
  const ticker = setInterval(() => {
    for (const sender of senders) sender.write(chunk);
  }, TICK_MS);
  await sleep(5000);
  const busy = await latencies(service, id, SAMPLES);
  clearInterval(ticker);
  const broken = senders.filter(({ destroyed }) => destroyed).length;
  for (const sender of senders) sender.destroy();
  if (broken > 0) throw new Error(`${broken} of the slow uploads broke off`);
  return [
    {
      what: `GET beside ${uploads} slow uploads`,
      unit: 'p99 ms',
      service: percentile(busy, 0.99),
      bare: percentile(idle, 0.99),
    },
    {
      what: `GET beside ${uploads} slow uploads`,
      unit: 'p50 ms',
      service: percentile(busy, 0.5),
      bare: percentile(idle, 0.5),
    },
  ];
}

async function smallMedia({ origin, token }: Server): Promise<string> {
  const form = new FormData();
  form.set('file', new Blob(['%PDF-1.7\nsmall'], { type: 'application/pdf' }), 'small.pdf');
  const answer = await fetch(`${origin}/v1/media`, {
    method: 'POST',
    body: form,
    headers: { Authorization: `Bearer ${token}` },
  });
  return ((await answer.json()) as { id: string }).id;
}

/** A tus upload whose body is written bit by bit. */
async function beginUpload({ origin, token }: Server): Promise<ClientRequest> {
  const headers = { Authorization: `Bearer ${token}`, 'Tus-Resumable': '1.0.0' };
  const created = await fetch(`${origin}/v1/tus`, {
    method: 'POST',
    headers: { ...headers, 'Upload-Length': String(LENGTH) },
  });
  const outgoing = request(created.headers.get('location') ?? '', {
    method: 'PATCH',
    agent: false,
    headers: {
      ...headers,
      'Upload-Offset': '0',
      'Content-Type': 'application/offset+octet-stream',
      'Content-Length': LENGTH,
    },
  });
  outgoing.on('error', () => undefined);
  outgoing.write('%PDF-1.7\n');
  return outgoing;
}

/** Milliseconds of each of so many requests, one after the other. */
async function latencies({ origin, token }: Server, id: string, count: number): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const startedAt = performance.now();
    const outgoing = request(`${origin}/v1/media/${id}`, {
      agent,
      headers: { Authorization: `Bearer ${token}` },
    });
    const answered = once(outgoing, 'response');
    outgoing.end();
    const [response] = await answered;
    response.resume();
    await once(response, 'end');
    times.push(performance.now() - startedAt);
  }
  agent.destroy();
  return times.toSorted((a, b) => a - b);
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
