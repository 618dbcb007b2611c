import { randomUUID } from 'node:crypto';

/** Printable, without what a log line or a header would have to escape. */
const SANE = /^[\w.:+/=@-]{1,128}$/;

/** The client's X-Request-Id when it is sane, else a new id. */
export function requestIdFrom(header: string | string[] | undefined): string {
  return typeof header === 'string' && SANE.test(header) ? header : randomUUID();
}
