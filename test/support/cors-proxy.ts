import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface CorsProxy {
  endpoint: string;
  /** `METHOD path` of each request so far, preflights aside. */
  readonly requests: string[];
  /** Asked of each request: whether its connection breaks in the middle of the body. */
  plan: (request: string) => boolean;
  stop(): Promise<void>;
}

/** What of an answer scripts may read: S3's rule of a bucket that browsers upload to. */
const headers = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, PUT',
  'access-control-allow-headers': '*',
  'access-control-expose-headers': 'ETag',
};

/**
 * Stands before a bucket that knows no CORS, as the endpoint that presigned URLs name: requests come with the host that
 * was signed, and are passed on with it.
 */
export async function startCorsProxy(target: string): Promise<CorsProxy> {
  const proxy: CorsProxy = {
    endpoint: '',
    requests: [],
    plan: () => false,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
  const server = createServer((incoming, response) => {
    if (incoming.method === 'OPTIONS') {
      response.writeHead(204, headers).end();
      return;
    }
    const name = `${incoming.method} ${incoming.url?.replace(/X-Amz-[^&]*&?/g, '')}`;
    proxy.requests.push(name);
    const outgoing = send(target + incoming.url, { method: incoming.method, headers: incoming.headers });
    outgoing.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, { ...answer.headers, ...headers });
      answer.pipe(response);
    });
    outgoing.on('error', () => response.destroy());
    response.once('close', () => {
      if (!response.writableFinished) outgoing.destroy();
    });
    if (proxy.plan(name)) incoming.once('data', () => incoming.socket.destroy());
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  proxy.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return proxy;
}
