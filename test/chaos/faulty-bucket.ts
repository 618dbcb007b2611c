import { createServer, request as send, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/**
 * What becomes of a request. `refused`: answered 500 and not done; `lost`: done and answered 500; `reset`: the
 * connection breaks and it is not done; `cut`: it breaks after it was done; `silent`: not done, and no answer until the
 * connection breaks after a while.
 */
export type Fault = 'refused' | 'lost' | 'reset' | 'cut' | 'silent';

export interface FaultyBucket {
  endpoint: string;
  /** Asked of each request, `METHOD path?query`. */
  plan: (request: string) => Fault | null;
  stop(): Promise<void>;
}

/**
 * A proxy before an S3 server that lets requests fail.
 * @param silenceMs how long the next silence lasts
 */
export async function startFaultyBucket(target: string, silenceMs: () => number): Promise<FaultyBucket> {
  const bucket: FaultyBucket = {
    endpoint: '',
    plan: () => null,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
  const server = createServer((incoming, response) => {
    const fault = bucket.plan(`${incoming.method} ${incoming.url}`);
    if (fault === 'silent') setTimeout(() => response.destroy(), silenceMs()).unref();
    handle({ incoming, response, target }, fault).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  bucket.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return bucket;
}

interface Exchange {
  incoming: IncomingMessage;
  response: ServerResponse;
  target: string;
}

async function handle({ incoming, response, target }: Exchange, fault: Fault | null): Promise<void> {
  if (fault === 'reset') {
    incoming.destroy();
    return;
  }
  const body = await buffer(incoming);
  if (fault === 'silent') return;
  const answer = fault === 'refused' ? null : await forward(incoming, body, target);
  if (fault === 'cut') response.destroy();
  else if (!answer || fault === 'lost') fail(response);
  else response.writeHead(answer.status, answer.headers).end(answer.body);
}

interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

async function forward(
  { method, url, headers }: IncomingMessage,
  body: Buffer,
  target: string,
): Promise<Answer> {
  const { expect: _expect, ...others } = headers;
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    send(target + url, { method, headers: others }, resolve)
      .on('error', reject)
      .end(body);
  });
  return { status: answer.statusCode ?? 500, headers: answer.headers, body: await buffer(answer) };
}

function fail(response: ServerResponse): void {
  response.writeHead(500, { 'content-type': 'application/xml' });
  response.end('<?xml version="1.0"?><Error><Code>InternalError</Code><Message>no</Message></Error>');
}
