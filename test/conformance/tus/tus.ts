import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, type Ask, cutOff, exchange } from './exchange.ts';
import { expectStatus, headerOf, integerOf, listOf, Skipped } from './expectations.ts';

export const VERSION = '1.0.0';
export const OFFSET_MEDIA_TYPE = 'application/offset+octet-stream';
/** Servers that look into files are given one whose head they know. */
const HEAD = Buffer.from('%PDF-1.7\n');
const FILENAME = `filename ${base64('conformance.pdf')}`;
const SETTLE_MS = 10_000;

/** Null takes a header away that would be sent. */
type Headers = Record<string, string | null>;

export interface TusOptions {
  creationUrl: string;
  /** Sent with every request, such as Authorization. */
  headers?: Record<string, string>;
  /** The bytes of a finished upload; null where they can not be had. A GET of the upload when not given. */
  read?: (uploadUrl: string) => Promise<Buffer | null>;
  /** How long a case may wait for an upload to expire. */
  expiryWaitMs?: number;
  /** How long the server may take to see that a connection was cut, or that an upload has expired. */
  settleMs?: number;
}

export interface Creation {
  /** Upload-Length; none when null. */
  length?: number | string | null;
  /** Upload-Metadata as it is; none when null. */
  metadata?: string | null;
  headers?: Headers;
  /** For creation with upload. */
  body?: Buffer;
}

export interface Upload {
  url: string;
  /** The answer to its creation. */
  created: Answer;
  /** Bytes of the whole length, for the tests to send in pieces. */
  content: Buffer;
}

export interface Sending extends Pick<Ask, 'chunked' | 'trailers'> {
  headers?: Headers;
}

/** A client of tus 1.0.0 that shows each answer as it is, and remembers what it created. */
export class Tus {
  readonly options: TusOptions;
  readonly settleMs: number;
  readonly #created = new Set<string>();
  #announced?: Promise<string[]>;

  constructor(options: TusOptions) {
    this.options = options;
    this.settleMs = options.settleMs ?? SETTLE_MS;
  }

  /** Any request with the headers that all have: those of the options, and Tus-Resumable but for OPTIONS. */
  send(method: string, url: string, rest: Sending & { body?: Buffer } = {}): Promise<Answer> {
    const { headers = {}, ...request } = rest;
    return exchange({ method, url, headers: this.#headers(method, headers), ...request });
  }

  ask(headers: Headers = {}): Promise<Answer> {
    return this.send('OPTIONS', this.options.creationUrl, { headers });
  }

  /** The extensions that the server names; asked once. */
  announced(): Promise<string[]> {
    this.#announced ??= this.ask().then((answer) => listOf(answer, 'Tus-Extension'));
    return this.#announced;
  }

  async announces(extension: string): Promise<boolean> {
    return (await this.announced()).includes(extension);
  }

  /** A creation request, whatever comes of it. */
  async post({ length = null, metadata = FILENAME, headers = {}, body }: Creation): Promise<Answer> {
    const answer = await this.send('POST', this.options.creationUrl, {
      headers: {
        'Upload-Length': length === null ? null : String(length),
        'Upload-Metadata': metadata,
        'Content-Type': body ? OFFSET_MEDIA_TYPE : null,
        ...headers,
      },
      ...(body && { body }),
    });
    const location = answer.header('Location');
    if (answer.status === 201 && location) this.#created.add(this.resolve(location));
    return answer;
  }

  /** @throws Skipped when the server has no creation; Violation when it refuses this one */
  async create({ length = 4000, ...creation }: Creation = {}): Promise<Upload> {
    if (!(await this.announces('creation')))
      throw new Skipped('without the extension creation the suite has no upload to ask for');
    const created = await this.post({ length, ...creation });
    expectStatus(created, 201);
    return {
      url: this.resolve(headerOf(created, 'Location')),
      created,
      content: bytes(length === null ? 4000 : Number(length)),
    };
  }

  /** An upload whose first `sent` bytes are there. */
  async start(sent: number, creation: Creation = {}): Promise<Upload> {
    const upload = await this.create(creation);
    if (sent > 0) expectStatus(await this.patch(upload.url, 0, upload.content.subarray(0, sent)), 204);
    return upload;
  }

  patch(url: string, offset: number | string | null, body: Buffer, sending: Sending = {}): Promise<Answer> {
    return this.send('PATCH', url, { ...sending, headers: patchHeaders(offset, sending.headers), body });
  }

  /** Promises the whole body, sends `sentBytes` of it and cuts the connection. */
  async cutPatch(url: string, offset: number, sending: CutSending): Promise<void> {
    const headers = this.#headers('PATCH', patchHeaders(offset, sending.headers));
    await cutOff({ method: 'PATCH', url, headers, body: sending.body }, sending.sentBytes);
  }

  head(url: string): Promise<Answer> {
    return this.send('HEAD', url);
  }

  /** @throws Violation unless a HEAD gives an offset */
  async offset(url: string): Promise<number> {
    const answer = await this.head(url);
    expectStatus(answer, 200, 204);
    return integerOf(answer, 'Upload-Offset');
  }

  /** The offset after a cut: the server may take a moment to see it, and answer with 423 before. */
  async offsetAfterCut(url: string, settled: (offset: number) => boolean = () => true): Promise<number> {
    const deadline = Date.now() + this.settleMs;
    for (;;) {
      const answer = await this.head(url);
      if ((answer.status < 300 && settled(integerOf(answer, 'Upload-Offset'))) || Date.now() > deadline)
        return integerOf(answer, 'Upload-Offset');
      await sleep(100);
    }
  }

  /** The bytes of a finished upload. @throws Skipped when there is no way to them */
  async read(url: string): Promise<Buffer> {
    const content = this.options.read
      ? await this.options.read(url)
      : await this.send('GET', url).then(({ status, body }) => (status === 200 ? body : null));
    if (content === null) throw new Skipped('the bytes of an upload can not be read back here');
    return content;
  }

  resolve(location: string): string {
    return new URL(location, this.options.creationUrl).href;
  }

  /** Terminates what was created, as far as the server lets one. */
  async cleanUp(): Promise<void> {
    for (const url of this.#created) await this.send('DELETE', url).catch(() => undefined);
    this.#created.clear();
  }

  #headers(method: string, headers: Headers): Record<string, string> {
    const all: Headers = {
      ...(method === 'OPTIONS' ? {} : { 'Tus-Resumable': VERSION }),
      ...this.options.headers,
      ...headers,
    };
    return Object.fromEntries(
      Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null),
    );
  }
}

export interface CutSending {
  body: Buffer;
  sentBytes: number;
  headers?: Headers;
}

function patchHeaders(offset: number | string | null, headers: Headers = {}): Headers {
  return {
    'Content-Type': OFFSET_MEDIA_TYPE,
    'Upload-Offset': offset === null ? null : String(offset),
    ...headers,
  };
}

export function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

/** A file of its own each time, with the head of a PDF. */
export function bytes(length: number): Buffer {
  return Buffer.concat([HEAD, randomBytes(Math.max(0, length - HEAD.length))]).subarray(0, length);
}

/** The URL of an upload that has never been, of the same shape as one that is. */
export function neighbour(url: string): string {
  const last = url.length - 1;
  const next = url
    .slice(last - 3)
    .replaceAll(/[0-9]/g, (digit) => String((Number(digit) + 1) % 10))
    .replaceAll(/[a-f]/g, (digit) => (((parseInt(digit, 16) + 1 - 10) % 6) + 10).toString(16));
  return url.slice(0, last - 3) + next;
}
