import type { IncomingMessage } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import {
  acceptedUntil,
  hasScope,
  insufficientScope,
  type Principal,
  TokenVerifier,
} from '../../auth/index.js';
import { commonErrors, Lifecycle } from '../../common/index.js';
import { type AppConfig, appConfig } from '../../config/index.js';
import { callerOf, EventStreams } from '../progress/event-streams.js';
import { progressErrors } from '../progress/progress.errors.js';
import { isAllowedOrigin } from './allowed-origin.js';
import { handshakeToken } from './handshake-token.js';

const SCOPE = 'media:read';

export interface Admission {
  principal: Principal;
  /** When the token stops being accepted. */
  until: Date;
}

/** Decides on opening handshakes, which Nest's guards never see. */
@Injectable()
export class EventHandshake {
  private readonly admissions = new WeakMap<IncomingMessage, Admission>();

  constructor(
    private readonly tokens: TokenVerifier,
    private readonly streams: EventStreams,
    private readonly lifecycle: Lifecycle,
    @Inject(appConfig.KEY) private readonly config: AppConfig,
  ) {}

  /**
   * Admits a request, and gives it a place that it keeps until its socket closes.
   * @throws SHUTTING_DOWN, ORIGIN_NOT_ALLOWED, UNAUTHENTICATED, TOKEN_INVALID, TOKEN_EXPIRED,
   *   AUTH_KEYS_UNAVAILABLE, INSUFFICIENT_SCOPE, EVENT_STREAMS_BUSY, EVENT_STREAMS_EXCEEDED
   */
  async admit(request: IncomingMessage): Promise<void> {
    const { origin, host } = request.headers;
    const { publicUrl, corsOrigins } = this.config;
    if (!isAllowedOrigin(origin, { host, publicUrl, corsOrigins })) throw progressErrors.ORIGIN_NOT_ALLOWED();
    const token = handshakeToken(request.headers);
    const principal = await this.tokens.verify(token);
    if (!hasScope(principal, SCOPE)) throw insufficientScope([SCOPE]);
    // Checked last: verifying may have waited for keys.
    if (this.lifecycle.closing)
      throw commonErrors.SHUTTING_DOWN(undefined, { headers: { 'Retry-After': '1' } });
    if (!request.socket.destroyed) request.socket.once('close', this.streams.take(callerOf(principal, '')));
    this.admissions.set(request, { principal, until: acceptedUntil(token) });
  }

  /** What an admitted request was admitted with. */
  admissionOf(request: IncomingMessage): Admission {
    const admission = this.admissions.get(request);
    if (!admission) throw new Error('a connection was accepted that nobody admitted');
    return admission;
  }
}
