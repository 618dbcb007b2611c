import type { IncomingHttpHeaders } from 'node:http';
import { tokenRefused, unauthenticated } from '../../auth/index.js';

/** The subprotocol that browsers, which can set no header, put before the token. It alone is selected. */
export const BEARER_PROTOCOL = 'bearer';

/**
 * The token of an opening handshake: of the Authorization header, else what follows `bearer` in
 * Sec-WebSocket-Protocol.
 * @throws UNAUTHENTICATED, TOKEN_INVALID
 */
export function handshakeToken(headers: IncomingHttpHeaders): string {
  const { authorization, 'sec-websocket-protocol': protocols = '' } = headers;
  if (authorization !== undefined) {
    const token = /^bearer +(\S+)$/i.exec(authorization)?.[1];
    if (token !== undefined) return token;
    throw /^bearer\b/i.test(authorization) ? tokenRefused('TOKEN_INVALID') : unauthenticated();
  }
  const [first, token] = protocols.split(',').map((protocol) => protocol.trim());
  if (first !== BEARER_PROTOCOL) throw unauthenticated();
  if (!token) throw tokenRefused('TOKEN_INVALID');
  return token;
}
