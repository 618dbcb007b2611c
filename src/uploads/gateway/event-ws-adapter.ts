import type { IncomingMessage } from 'node:http';
import type { INestApplicationContext } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import type { WebSocket, WebSocketServer } from 'ws';
import {
  type DomainError,
  PROBLEM_TYPE,
  problemDocument,
  redactPath,
  requestIdFrom,
  toDomainError,
} from '../../common/index.js';
import { EventHandshake } from './event-handshake.js';
import { BEARER_PROTOCOL } from './handshake-token.js';

type Verified = (accepted: boolean, status?: number, body?: string, headers?: Record<string, string>) => void;

/** Nest's adapter for ws, which lets in only those whom EventHandshake admits. */
export class EventWsAdapter extends WsAdapter {
  private readonly handshake: EventHandshake;

  constructor(app: INestApplicationContext) {
    super(app);
    this.handshake = app.get(EventHandshake);
  }

  override create(port: number, options: Parameters<WsAdapter['create']>[1] = {}): WebSocketServer {
    return super.create(port, {
      ...options,
      verifyClient: ({ req }: { req: IncomingMessage }, verified: Verified) => {
        this.handshake.admit(req).then(
          () => verified(true),
          (error: unknown) => refuse(req, toDomainError(error), verified),
        );
      },
      handleProtocols: (protocols: Set<string>) => protocols.has(BEARER_PROTOCOL) && BEARER_PROTOCOL,
    }) as WebSocketServer;
  }

  /** Frames that break the protocol are the client's fault; ws closes the connection with the right code. */
  override bindErrorHandler(server: WebSocketServer): WebSocketServer {
    return server.on('connection', (client: WebSocket) => client.on('error', () => undefined));
  }
}

/** A refused handshake is answered like a refused request. */
function refuse(request: IncomingMessage, error: DomainError, verified: Verified): void {
  const id = requestIdFrom(request.headers['x-request-id']);
  const problem = problemDocument(error, { id, path: redactPath(request.url ?? '/') });
  verified(false, error.status, JSON.stringify(problem), {
    'Content-Type': PROBLEM_TYPE,
    'X-Request-Id': id,
    'Cache-Control': 'no-store',
    ...error.options.headers,
  });
}
