import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';

export interface Asked {
  method: string;
  path: string;
  headers: Record<string, string>;
  /** Breaks with an error when the connection does. */
  body: AsyncIterable<Buffer>;
  /** Complete once the body is. */
  trailers: () => Record<string, string>;
}

export interface Answered {
  status: number;
  headers: Record<string, string>;
  body?: Buffer;
}

export type Handler = (asked: Asked) => Promise<Answered>;

export interface Served {
  origin: string;
  close: () => Promise<void>;
}

/** Serves a handler on a free port. A request whose connection breaks gets no answer. */
export async function serve(handler: Handler, { refusesExpectations = false } = {}): Promise<Served> {
  const server = createServer((request, response) => {
    void handler(askedBy(request)).then(
      ({ status, headers, body }) => response.writeHead(status, headers).end(body),
      () => response.destroy(),
    );
  });
  if (refusesExpectations) server.on('checkContinue', (_, response) => response.writeHead(417).end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port is free');
  return {
    origin: `http://127.0.0.1:${address.port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function askedBy(request: IncomingMessage): Asked {
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    headers: Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]),
    ),
    body: request,
    trailers: () =>
      Object.fromEntries(Object.entries(request.trailers).map(([name, value]) => [name, value ?? ''])),
  };
}
