import { createServer, type IncomingMessage, request as send, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Transform, type TransformCallback } from 'node:stream';

/** A request as it passes. */
export interface ProxiedRequest {
  /** `METHOD path?query`. */
  name: string;
  headers: IncomingMessage['headers'];
  /** Which of the origins gets it. */
  origin: number;
}

export interface RoundRobinProxy {
  url: string;
  /** What has passed so far, the oldest first. */
  readonly requests: ProxiedRequest[];
  /**
   * Asked of each request: after how many bytes of its body its connections break, to the client as well as to the
   * origin; null to let it pass. Infinity breaks them when the origin has answered, before the client hears of it.
   */
  plan: (request: ProxiedRequest) => number | null;
  stop(): Promise<void>;
}

/**
 * A load balancer without stickiness: each request goes to the next origin (each method in turns of its own, for
 * clients whose methods take turns would come to the same one again and again), or to the one after it where that takes no
 * connections. Bodies and answers are streamed; 502 when no origin takes the request, or the one that has it dies.
 */
export async function startRoundRobinProxy(origins: readonly string[]): Promise<RoundRobinProxy> {
  const turns = new Map<string, number>();
  const proxy: RoundRobinProxy = {
    url: '',
    requests: [],
    plan: () => null,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
  const server = createServer((incoming, response) => {
    const { method = '' } = incoming;
    const turn = turns.get(method) ?? turns.size;
    turns.set(method, turn + 1);
    const origin = turn % origins.length;
    const request = { name: `${method} ${incoming.url}`, headers: incoming.headers, origin };
    proxy.requests.push(request);
    relay({ incoming, response, origins, request }, { cutAfter: proxy.plan(request), attempt: 1 });
  });
  // Slow uploads are what is tested.
  server.requestTimeout = 0;
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  proxy.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return proxy;
}

interface Exchange {
  incoming: IncomingMessage;
  response: ServerResponse;
  origins: readonly string[];
  request: ProxiedRequest;
}

function relay(
  exchange: Exchange,
  { cutAfter, attempt }: { cutAfter: number | null; attempt: number },
): void {
  const { incoming, response, origins, request } = exchange;
  const outgoing = send((origins[request.origin] ?? '') + (incoming.url ?? ''), {
    method: incoming.method,
    headers: forwarded(incoming),
    agent: false,
  });
  let connected = false;
  const breakOff = (): void => {
    outgoing.destroy();
    incoming.socket.destroy();
  };
  outgoing.once('socket', (socket) => {
    // Not before: a body that was begun can't be given to another origin.
    socket.once('connect', () => {
      connected = true;
      if (cutAfter === null || cutAfter === Infinity) incoming.pipe(outgoing);
      else incoming.pipe(new Cut(cutAfter, breakOff)).pipe(outgoing);
    });
  });
  outgoing.on('response', (answer) => {
    if (cutAfter === Infinity) {
      breakOff();
      return;
    }
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
    answer.on('error', breakOff);
  });
  outgoing.on('error', () => {
    if (!connected && attempt < origins.length && !incoming.socket.destroyed) {
      request.origin = (request.origin + 1) % origins.length;
      relay(exchange, { cutAfter, attempt: attempt + 1 });
    } else if (response.headersSent || incoming.socket.destroyed) {
      response.destroy();
    } else {
      // The client may be in the middle of its body: it is read on, so that the answer gets through.
      incoming.unpipe();
      incoming.resume();
      response.writeHead(502, { 'content-type': 'text/plain' }).end('no answer from the origin\n');
    }
  });
  response.once('close', () => {
    if (!response.writableFinished) outgoing.destroy();
  });
}

function forwarded(incoming: IncomingMessage): IncomingMessage['headers'] {
  const { headers, socket } = incoming;
  return {
    ...headers,
    'x-forwarded-for': [headers['x-forwarded-for'], socket.remoteAddress].filter(Boolean).join(', '),
    'x-forwarded-host': headers.host,
    'x-forwarded-proto': 'http',
  };
}

/** Lets so many bytes through, and then breaks off. */
class Cut extends Transform {
  private left: number;
  private readonly breakOff: () => void;

  constructor(bytes: number, breakOff: () => void) {
    super();
    this.left = bytes;
    this.breakOff = breakOff;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const passed = chunk.subarray(0, this.left);
    this.left -= passed.length;
    this.push(passed);
    // Later, so that what was let through is on its way before the connection breaks.
    if (this.left === 0) setTimeout(this.breakOff, 20);
    else done();
  }
}
