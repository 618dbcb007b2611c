import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

const TIMEOUT_MS = 30_000;
/** Between the last byte handed to the system and the cut, so that the server has them when it happens. */
const BEFORE_CUT_MS = 250;

export interface Ask {
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: Buffer;
  /** Sends the body without a Content-Length. Trailers imply it. */
  chunked?: boolean;
  trailers?: Record<string, string>;
}

export interface Answer {
  status: number;
  body: Buffer;
  /** Whether `100 Continue` came before. */
  continued: boolean;
  /** Method, path and what was particular, for messages. */
  asked: string;
  /** A header of the answer; null when it is absent. Empty when it is there and empty. */
  header(name: string): string | null;
}

/**
 * One request on a connection of its own, exactly as given: nothing is followed, retried, decoded or added
 * but Host and the framing of the body. With `Expect: 100-continue` the body waits for the server's word.
 */
export async function exchange(ask: Ask): Promise<Answer> {
  const request = open(ask, ask.chunked === true || ask.trailers !== undefined);
  let continued = false;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    request.on('error', (error) => reject(new Error(`${describe(ask)}: ${error.message}`, { cause: error })));
    const send = (): void => {
      if (ask.trailers) request.addTrailers(ask.trailers);
      request.end();
    };
    if (ask.headers['Expect'] === undefined) {
      if (ask.body) request.write(ask.body);
      send();
    } else {
      request.flushHeaders();
      request.once('continue', () => {
        continued = true;
        if (ask.body) request.write(ask.body);
        send();
      });
    }
  });
  const body = await buffer(response);
  request.destroy();
  return {
    status: response.statusCode ?? 0,
    body,
    continued,
    asked: describe(ask),
    header: (name) => {
      const value = response.headers[name.toLowerCase()];
      return value === undefined ? null : [value].flat().join(', ');
    },
  };
}

/** Promises a body, sends its first bytes and cuts the connection. */
export async function cutOff(ask: Ask & { body: Buffer }, sentBytes: number): Promise<void> {
  const request = open(ask, false);
  // The cut is an error to this side as well.
  request.on('error', () => undefined);
  await new Promise<void>((resolve) => request.write(ask.body.subarray(0, sentBytes), () => resolve()));
  await sleep(BEFORE_CUT_MS);
  request.destroy();
}

function open(ask: Ask, chunked: boolean): ClientRequest {
  const url = new URL(ask.url);
  const framing: Record<string, string> = { 'Content-Length': String(ask.body?.length ?? 0) };
  if (chunked) {
    delete framing['Content-Length'];
    framing['Transfer-Encoding'] = 'chunked';
    if (ask.trailers) framing['Trailer'] = Object.keys(ask.trailers).join(', ');
  }
  const bodiless = ask.body === undefined && !['POST', 'PATCH'].includes(ask.method);
  const start = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const request = start(url, {
    method: ask.method,
    headers: { ...(bodiless ? {} : framing), ...ask.headers },
    agent: false,
  });
  request.setTimeout(TIMEOUT_MS, () => request.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
  return request;
}

function describe({ method, url }: Ask): string {
  return `${method} ${new URL(url).pathname}`;
}
