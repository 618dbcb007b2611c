import { createServer, request as send, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { sendS3Error } from './scripted-s3.js';

/**
 * What becomes of a request. `refused`: answered 500 and not done; `lost`: done and answered 500; `reset`: the
 * connection breaks and it is not done; `cut`: it breaks after it was done; `silent`: no answer, not done; `late`: no
 * answer, and done when the test says so.
 */
export const faults = ['refused', 'lost', 'reset', 'cut', 'silent', 'late'] as const;
export type Fault = (typeof faults)[number];

export interface FaultyProxy {
  endpoint: string;
  /** `METHOD path?query` of each request so far. */
  readonly requests: string[];
  /** Decides by the number of the request, from 0 on. */
  plan: (index: number, request: string) => Fault | null;
  /** Does what was to be late. */
  release(): Promise<void>;
  stop(): Promise<void>;
}

/** A proxy before an S3 server that lets requests fail as a test says. */
export async function startFaultyProxy(target: string): Promise<FaultyProxy> {
  const late: (() => Promise<unknown>)[] = [];
  const proxy: FaultyProxy = {
    endpoint: '',
    requests: [],
    plan: () => null,
    release: async () => {
      for (const run of late.splice(0)) await run();
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
  const server = createServer((incoming, response) => {
    const name = `${incoming.method} ${incoming.url}`;
    const fault = proxy.plan(proxy.requests.push(name) - 1, name);
    handle({ incoming, response, target, late }, fault).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  proxy.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return proxy;
}

interface Exchange {
  incoming: IncomingMessage;
  response: ServerResponse;
  target: string;
  late: (() => Promise<unknown>)[];
}

async function handle({ incoming, response, target, late }: Exchange, fault: Fault | null): Promise<void> {
  if (fault === 'reset') {
    incoming.destroy();
    return;
  }
  const body = await buffer(incoming);
  if (fault === 'silent') return;
  if (fault === 'late') {
    late.push(() => forward(incoming, body, target));
    return;
  }
  if (fault === 'refused') {
    sendS3Error(response, 500, 'InternalError');
    return;
  }
  const answer = await forward(incoming, body, target);
  if (fault === 'cut') response.destroy();
  else if (fault === 'lost') sendS3Error(response, 500, 'InternalError');
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
