/**
 * The client of the benchmark, in a process of its own: `load.ts get <json>` or `load.ts send <json>`.
 * Prints the seconds that it took.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';

/** Requests for `path`, where `{n}` is `from`, `from + 1`, … */
interface GetLoad {
  origin: string;
  token: string;
  path: string;
  from: number;
  count: number;
  concurrency: number;
}

/** A document of so many bytes: as form-data with a token, else as it is. */
interface SendLoad {
  url: string;
  token: string;
  bytes: number;
}

const CHUNK = randomBytes(1024 ** 2);
/** What makes the rest of the bytes a document, and nothing that has to be processed. */
const HEAD = Buffer.from('%PDF-1.7\n');
const BOUNDARY = 'bench-5f1d7c9a';

async function get({ origin, token, path, from, count, concurrency }: GetLoad): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  let next = from;
  const work = async (): Promise<void> => {
    while (next < from + count) {
      const url = `${origin}${path.replace('{n}', String(next))}`;
      next += 1;
      const outgoing = request(url, { agent, headers });
      const answered: Promise<IncomingMessage[]> = once(outgoing, 'response');
      outgoing.end();
      const [response] = await answered;
      response?.resume();
      if (response?.statusCode !== 200) throw new Error(`${url} was answered ${response?.statusCode}`);
      await once(response, 'end');
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  agent.destroy();
}

async function send({ url, token, bytes }: SendLoad): Promise<void> {
  const opening = token
    ? `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="bench.pdf"\r\n` +
      'Content-Type: application/pdf\r\n\r\n'
    : '';
  const closing = token ? `\r\n--${BOUNDARY}--\r\n` : '';
  const outgoing = request(url, {
    method: 'POST',
    headers: {
      'Content-Length': opening.length + bytes + closing.length,
      'Content-Type': token ? `multipart/form-data; boundary=${BOUNDARY}` : 'application/pdf',
      ...(token && { Authorization: `Bearer ${token}` }),
    },
  });
  const answered: Promise<IncomingMessage[]> = once(outgoing, 'response');
  outgoing.write(opening);
  outgoing.write(HEAD);
  for (let left = bytes - HEAD.length; left > 0; left -= CHUNK.length) {
    if (!outgoing.write(left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK)) await once(outgoing, 'drain');
  }
  outgoing.end(closing);
  const [response] = await answered;
  const body = response ? await text(response) : '';
  if (response?.statusCode !== 201)
    throw new Error(`the upload was answered ${response?.statusCode}: ${body}`);
}

const [kind, load = ''] = process.argv.slice(2);
const startedAt = performance.now();
if (kind === 'get') await get(JSON.parse(load) as GetLoad);
else await send(JSON.parse(load) as SendLoad);
process.stdout.write(`${(performance.now() - startedAt) / 1000}\n`);
