import type { IncomingMessage } from 'node:http';
import { Inject } from '@nestjs/common';
import { type OnGatewayConnection, type OnGatewayInit, WebSocketGateway } from '@nestjs/websockets';
import type { ServerOptions, WebSocket, WebSocketServer } from 'ws';
import { Lifecycle } from '../../common/index.js';
import { type EventsConfig, eventsConfig } from '../../config/index.js';
import { ProgressService } from '../progress/progress.service.js';
import { EventConnection } from './event-connection.js';
import { EventHandshake } from './event-handshake.js';
import { EVENTS_PATH } from './upgrade.js';

/** Close codes: RFC 6455 section 7.4.1, and one of the private range that says what status 401 says. */
const GOING_AWAY = 1001;
const TOKEN_EXPIRED = 4401;

const MAX_MESSAGE_BYTES = 4096;
/** How long a peer may take to answer a close frame. */
const CLOSE_TIMEOUT_MS = 2000;
/** The longest time that a timer can be set to, 24.8 days. */
const MAX_TIMER_MS = 2 ** 31 - 1;

const options = { path: EVENTS_PATH, maxPayload: MAX_MESSAGE_BYTES, closeTimeout: CLOSE_TIMEOUT_MS };

/**
 * Progress over WebSocket. Messages are not taken by Nest's handlers: those run through the guards of HTTP,
 * and what is malformed or unknown would be dropped without a word.
 */
@WebSocketGateway<ServerOptions & typeof options>(options)
export class EventGateway implements OnGatewayInit<WebSocketServer>, OnGatewayConnection<WebSocket> {
  constructor(
    private readonly handshake: EventHandshake,
    private readonly progress: ProgressService,
    private readonly lifecycle: Lifecycle,
    @Inject(eventsConfig.KEY) private readonly config: EventsConfig,
  ) {}

  afterInit(server: WebSocketServer): void {
    this.lifecycle.signal.addEventListener('abort', () => {
      for (const client of server.clients) client.close(GOING_AWAY, 'SHUTTING_DOWN');
    });
  }

  handleConnection(client: WebSocket, request: IncomingMessage): void {
    const { principal, until } = this.handshake.admissionOf(request);
    const connection = new EventConnection(client, principal, this.progress);
    this.endWhenDead(client);
    const expiry = setTimeout(
      () => client.close(TOKEN_EXPIRED, 'TOKEN_EXPIRED'),
      Math.min(until.getTime() - Date.now(), MAX_TIMER_MS),
    );
    client.on('close', () => clearTimeout(expiry));
    connection.open();
  }

  /** A peer that has not answered a ping by the next one is gone, or reads nothing. */
  private endWhenDead(client: WebSocket): void {
    let answered = true;
    client.on('pong', () => {
      answered = true;
    });
    const heartbeat = setInterval(() => {
      if (answered) client.ping();
      else client.terminate();
      answered = false;
    }, this.config.heartbeatMs);
    client.on('close', () => clearInterval(heartbeat));
  }
}
