import type { IncomingHttpHeaders } from 'node:http';

export const EVENTS_PATH = '/v1/events';
/** The version of RFC 6455. */
export const WEBSOCKET_VERSION = '13';

interface UpgradeRequest {
  method?: string | undefined;
  url?: string | undefined;
  headers: IncomingHttpHeaders;
}

/** Whether a request is a sound opening handshake (RFC 6455 section 4.2.1) for the path of events. */
export function isEventsUpgrade({ method, url = '', headers }: UpgradeRequest): boolean {
  return (
    method === 'GET' &&
    url.split('?', 1)[0] === EVENTS_PATH &&
    URL.canParse(`ws://${headers.host}/`) &&
    headers.upgrade?.toLowerCase() === 'websocket' &&
    headers['sec-websocket-version'] === WEBSOCKET_VERSION &&
    /^[+/0-9A-Za-z]{22}==$/.test(headers['sec-websocket-key'] ?? '')
  );
}
