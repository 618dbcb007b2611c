import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { TestApp } from './test-app.js';

export interface TusAnswer {
  status: number;
  headers: Record<string, string | undefined>;
  body: string;
}

export interface TusRequest {
  headers?: Record<string, string>;
  body?: Buffer;
}

/** A document of so many bytes that is accepted for what it says it is. */
export function documentOf(bytes: number, seed = 1): Buffer {
  const head = Buffer.from('%PDF-1.7\n');
  const body = Buffer.alloc(Math.max(0, bytes - head.length));
  let state = seed >>> 0 || 1;
  for (let index = 0; index < body.length; index += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    body[index] = state & 0xff;
  }
  return Buffer.concat([head, body]).subarray(0, bytes);
}

/** `key value` pairs of Upload-Metadata. */
export function metadataOf(pairs: Record<string, string>): string {
  return Object.entries(pairs)
    .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
    .join(',');
}

/** A tus client that sends exactly what a test says. */
export class Tus {
  private constructor(
    private readonly url: string,
    private readonly authorization: string,
  ) {}

  static async as(service: Pick<TestApp, 'url' | 'bearer'>, caller: Parameters<TestApp['bearer']>[0] = {}) {
    return new Tus(service.url, await service.bearer(caller));
  }

  /** The same client, at another process. */
  at({ url }: { url: string }): Tus {
    return new Tus(url, this.authorization);
  }

  async send(method: string, path: string, { headers = {}, body }: TusRequest = {}): Promise<TusAnswer> {
    const outgoing = this.open(method, path, {
      ...(body && { 'content-length': String(body.length) }),
      ...headers,
    });
    const answered = answerOf(outgoing);
    outgoing.end(body);
    return answered;
  }

  /** A request whose body the test writes. */
  open(method: string, path: string, headers: Record<string, string> = {}): ClientRequest {
    return request(path.startsWith('http') ? path : this.url + path, {
      method,
      headers: { authorization: this.authorization, 'tus-resumable': '1.0.0', ...headers },
      agent: false,
    });
  }

  /** @returns the path of the new upload */
  async create(headers: Record<string, string>, body?: Buffer): Promise<string> {
    const answer = await this.send('POST', '/v1/tus', {
      headers: { ...(body && { 'content-type': 'application/offset+octet-stream' }), ...headers },
      ...(body && { body }),
    });
    if (answer.status !== 201) throw new Error(`${answer.status} and not 201: ${answer.body}`);
    return new URL(answer.headers['location'] ?? '').pathname;
  }

  patch(
    path: string,
    offset: number,
    body: Buffer,
    headers: Record<string, string> = {},
  ): Promise<TusAnswer> {
    return this.send('PATCH', path, { headers: { ...patchHeaders(offset), ...headers }, body });
  }

  /** Begins a PATCH whose body the test writes, and may break off. */
  openPatch(path: string, offset: number, headers: Record<string, string> = {}): ClientRequest {
    return this.open('PATCH', path, { ...patchHeaders(offset), ...headers });
  }

  async offset(path: string): Promise<number> {
    const answer = await this.send('HEAD', path);
    if (answer.status !== 200) throw new Error(`${answer.status} and not 200`);
    return Number(answer.headers['upload-offset']);
  }
}

export async function answerOf(outgoing: ClientRequest): Promise<TusAnswer> {
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  return {
    status: response.statusCode ?? 0,
    headers: response.headers as Record<string, string | undefined>,
    body: await text(response),
  };
}

function patchHeaders(offset: number): Record<string, string> {
  return { 'content-type': 'application/offset+octet-stream', 'upload-offset': String(offset) };
}
