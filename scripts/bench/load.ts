/**
 * The client of the benchmark, in a process of its own: `load.ts get|flood|form|tus|parts <json>`.
 * Prints the seconds that it took, and the bytes that it got.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Requests for `path`, where `{n}` is `from`, `from + 1`, …; and `{width}` and `{quality}` are other pairs for each of
 * 6000 of these, which all cost about the same.
 */
interface GetLoad {
  origin: string;
  token: string;
  path: string;
  from: number;
  count: number;
  concurrency: number;
}

/** Requests as of GetLoad, begun at a steady rate whatever becomes of them, as far as so many clients can. */
interface FloodLoad extends Omit<GetLoad, 'count' | 'concurrency'> {
  clients: number;
  perSecond: number;
  seconds: number;
}

/** A document of so many bytes, to the service with a token, else as it is to a bare server. */
interface SendLoad {
  /** Origin. */
  url: string;
  token: string;
  bytes: number;
}

const CHUNK = randomBytes(1024 ** 2);
/** What makes the rest of the bytes a document, and nothing that has to be processed. */
const HEAD = Buffer.from('%PDF-1.7\n');
const BOUNDARY = 'bench-5f1d7c9a';
const PART_BYTES = 64 * 1024 ** 2;

async function get({ origin, token, path, from, count, concurrency }: GetLoad): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  let next = from;
  let bytes = 0;
  const work = async (): Promise<void> => {
    while (next < from + count) {
      const url = origin + filled(path, next);
      next += 1;
      const outgoing = request(url, { agent, headers });
      const answered: Promise<IncomingMessage[]> = once(outgoing, 'response');
      outgoing.end();
      const [response] = await answered;
      response?.on('data', (chunk: Buffer) => (bytes += chunk.length));
      if (response?.statusCode !== 200) throw new Error(`${url} was answered ${response?.statusCode}`);
      await once(response, 'end');
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  agent.destroy();
  return bytes;
}

function filled(path: string, n: number): string {
  return path
    .replace('{n}', String(n))
    .replace('{width}', String(700 + (n % 200)))
    .replace('{quality}', String(60 + (Math.floor(n / 200) % 30)));
}

/** @returns how the requests ended: `refused` is 503 with Retry-After */
async function flood({ origin, token, path, from, ...rate }: FloodLoad): Promise<Record<string, number>> {
  const { clients, perSecond, seconds } = rate;
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const counts = { longestMs: 0, served: 0, refused: 0, other: 0 };
  let next = from;
  const end = performance.now() + seconds * 1000;
  const ask = async (): Promise<void> => {
    const url = origin + filled(path, next);
    next += 1;
    const startedAt = performance.now();
    const outgoing = request(url, { agent, headers: { Authorization: `Bearer ${token}` } });
    const answered: Promise<IncomingMessage[]> = once(outgoing, 'response');
    outgoing.end();
    const [response] = await answered;
    response?.resume();
    if (response?.statusCode === 200) counts.served += 1;
    else if (response?.statusCode === 503 && response.headers['retry-after']) counts.refused += 1;
    else counts.other += 1;
    if (response) await once(response, 'end');
    counts.longestMs = Math.max(counts.longestMs, performance.now() - startedAt);
  };
  const client = async (index: number): Promise<void> => {
    const everyMs = (clients / perSecond) * 1000;
    await sleep((index / clients) * everyMs);
    for (let due = performance.now(); due < end; due += everyMs) {
      await sleep(Math.max(0, due - performance.now()));
      await ask();
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, index) => client(index)));
  agent.destroy();
  return counts;
}

/** Sends a document of so many bytes as the body of a request. @returns the answer's body and headers */
async function sendBody(
  url: string,
  {
    method,
    headers,
    bytes,
    around = ['', ''],
  }: {
    method: string;
    headers: Record<string, string>;
    bytes: number;
    around?: [opening: string, closing: string];
  },
): Promise<{ body: string; response: IncomingMessage }> {
  const [opening, closing] = around;
  const outgoing = request(url, {
    method,
    headers: { ...headers, 'Content-Length': opening.length + bytes + closing.length },
  });
  const answered: Promise<IncomingMessage[]> = once(outgoing, 'response');
  if (opening) outgoing.write(opening);
  outgoing.write(HEAD);
  for (let left = bytes - HEAD.length; left > 0; left -= CHUNK.length) {
    if (!outgoing.write(left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK)) await once(outgoing, 'drain');
  }
  outgoing.end(closing);
  const [response] = await answered;
  if (!response) throw new Error('no answer');
  const body = await text(response);
  if ((response.statusCode ?? 500) >= 300) throw new Error(`answered ${response.statusCode}: ${body}`);
  return { body, response };
}

async function sendForm({ url, token, bytes }: SendLoad): Promise<void> {
  await sendBody(`${url}/v1/media`, {
    method: 'POST',
    headers: {
      'Content-Type': token ? `multipart/form-data; boundary=${BOUNDARY}` : 'application/pdf',
      ...(token && { Authorization: `Bearer ${token}` }),
    },
    bytes,
    around: token
      ? [
          `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="bench.pdf"\r\n` +
            'Content-Type: application/pdf\r\n\r\n',
          `\r\n--${BOUNDARY}--\r\n`,
        ]
      : ['', ''],
  });
}

async function sendTus({ url, token, bytes }: SendLoad): Promise<void> {
  const headers = { Authorization: `Bearer ${token}`, 'Tus-Resumable': '1.0.0' };
  const created = await fetch(`${url}/v1/tus`, {
    method: 'POST',
    headers: { ...headers, 'Upload-Length': String(bytes) },
  });
  const { response } = await sendBody(created.headers.get('location') ?? '', {
    method: 'PATCH',
    headers: { ...headers, 'Upload-Offset': '0', 'Content-Type': 'application/offset+octet-stream' },
    bytes,
  });
  if (!response.headers['media-id']) throw new Error('the upload did not become a media');
}

async function sendParts({ url, token, bytes }: SendLoad): Promise<void> {
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
  const begun = await fetch(`${url}/v1/uploads`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ filename: 'bench.pdf', size: bytes, partSize: PART_BYTES }),
  });
  const { id } = (await begun.json()) as { id: string };
  for (let part = 0; part * PART_BYTES < bytes; part += 1) {
    await sendBody(`${url}/v1/uploads/${id}/parts/${part + 1}`, {
      method: 'PUT',
      headers: { Authorization: `Bearer ${token}` },
      bytes: Math.min(PART_BYTES, bytes - part * PART_BYTES),
    });
  }
  const done = await fetch(`${url}/v1/uploads/${id}/complete`, { method: 'POST', headers, body: '{}' });
  if (done.status !== 201) throw new Error(`answered ${done.status}: ${await done.text()}`);
}

const [kind, load = ''] = process.argv.slice(2);
const startedAt = performance.now();
const senders = { form: sendForm, tus: sendTus, parts: sendParts };
let bytes = 0;
let counts: Record<string, number> = {};
if (kind === 'get') bytes = await get(JSON.parse(load) as GetLoad);
else if (kind === 'flood') counts = await flood(JSON.parse(load) as FloodLoad);
else await senders[kind as keyof typeof senders](JSON.parse(load) as SendLoad);
process.stdout.write(
  `${JSON.stringify({ seconds: (performance.now() - startedAt) / 1000, bytes, counts })}\n`,
);
