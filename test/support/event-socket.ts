import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type ClientOptions, WebSocket } from 'ws';
import { inShort, type ToldEvent } from './event-stream.js';
import type { TestApp } from './test-app.js';

interface ToldError {
  event: 'error';
  data: { code: string; status: number; detail: string; mediaId?: string; uploadId?: string };
}

export interface Handshake {
  protocols?: string[];
  headers?: Record<string, string>;
  path?: string;
}

const socketUrl = ({ url }: TestApp, path: string): string => url.replace(/^http/, 'ws') + path;

/** A WebSocket for events, of the client library that back ends use. */
export class EventSocket {
  private static readonly all: EventSocket[] = [];
  readonly events: ToldEvent[] = [];
  readonly errors: ToldError['data'][] = [];
  /** Code and reason. */
  readonly closed: Promise<string>;

  private constructor(readonly client: WebSocket) {
    client.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as ToldEvent | ToldError;
      if (message.event === 'error') this.errors.push(message.data as ToldError['data']);
      else this.events.push(message as ToldEvent);
    });
    this.closed = new Promise((resolve) => {
      client.on('close', (code, reason) => resolve(`${code} ${reason.toString()}`.trim()));
    });
  }

  /** @throws Error when the handshake is refused */
  static async open(
    service: TestApp,
    { protocols = [], headers = {}, path = '/v1/events' }: Handshake,
    options: ClientOptions & { autoPong?: boolean } = {},
  ): Promise<EventSocket> {
    const client = new WebSocket(socketUrl(service, path), protocols, { headers, ...options });
    const socket = new EventSocket(client);
    await once(client, 'open');
    EventSocket.all.push(socket);
    return socket;
  }

  static async as(service: TestApp, claims: Parameters<TestApp['bearer']>[0] = {}): Promise<EventSocket> {
    return EventSocket.open(service, { headers: { authorization: await service.bearer(claims) } });
  }

  /** Cuts off all that are still open. */
  static async closeAll(): Promise<void> {
    for (const { client, closed } of EventSocket.all.splice(0)) {
      if (client.readyState !== client.CLOSED) client.terminate();
      await closed;
    }
  }

  get told(): string[] {
    return this.events.map(inShort);
  }

  send(message: unknown): void {
    this.client.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  subscribe(data: { mediaId: string } | { uploadId: string }): void {
    this.send({ event: 'subscribe', data });
  }
}

export interface Refusal {
  status: number;
  code: string;
  headers: Record<string, string | string[] | undefined>;
}

/** What a handshake is refused with. @throws Error when it is not */
export async function refusalOf(
  service: TestApp,
  { protocols = [], headers = {}, path = '/v1/events' }: Handshake,
): Promise<Refusal> {
  const client = new WebSocket(socketUrl(service, path), protocols, { headers });
  return new Promise((resolve, reject) => {
    client.on('error', () => undefined);
    client.on('open', () => {
      client.terminate();
      reject(new Error('the handshake was not refused'));
    });
    client.on('unexpected-response', (_request, response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on('end', () => {
        const { code } = JSON.parse(text) as { code: string };
        resolve({ status: response.statusCode ?? 0, code, headers: response.headers });
      });
    });
  });
}

/** A peer that completes the handshake and then says nothing ever again. */
export async function silentPeer(service: TestApp, authorization: string): Promise<Socket> {
  const { hostname, port } = new URL(service.url);
  const socket = connect(Number(port), hostname);
  socket.write(
    [
      'GET /v1/events HTTP/1.1',
      `Host: ${hostname}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      `Authorization: ${authorization}`,
      '',
      '',
    ].join('\r\n'),
  );
  const [head] = (await once(socket, 'data')) as [Buffer];
  if (!head.toString().startsWith('HTTP/1.1 101')) throw new Error(head.toString());
  socket.on('error', () => undefined).resume();
  return socket;
}
