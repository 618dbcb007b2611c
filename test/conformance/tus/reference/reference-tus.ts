import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { Answered, Asked, Handler } from './http.ts';
import { ALGORITHMS, assertMetadata, integerIn, Refusal, refuseIf, verifyChecksum } from './reading.ts';

export const TOKEN = 'Bearer reference';
export const FILES = '/files';
const VERSION = '1.0.0';
const MAX_SIZE = 5 * 1024 ** 3;
const OFFSET_MEDIA_TYPE = 'application/offset+octet-stream';
const EXTENSIONS =
  'creation,creation-with-upload,creation-defer-length,expiration,checksum,checksum-trailer,termination,concatenation,concatenation-unfinished';

interface Stored {
  length: number | null;
  metadata: string | undefined;
  concat: string | undefined;
  /** Of a final upload. */
  parts: Stored[] | null;
  content: Buffer;
  expiresAt: number;
  busy: boolean;
}

/** All of tus 1.0.0 in memory, written to be right rather than fast: what the suite must find no fault with. */
export class ReferenceTus {
  readonly #uploads = new Map<string, Stored>();
  readonly #lifetimeMs: number;

  constructor(lifetimeMs = 3_600_000) {
    this.#lifetimeMs = lifetimeMs;
  }

  readonly handle: Handler = async (asked) => {
    const method = asked.headers['x-http-method-override'] ?? asked.method;
    const answered = await this.#carryOut(method, asked).catch((error: unknown): Answered => {
      if (error instanceof Refusal) return { status: error.status, headers: error.headers };
      throw error;
    });
    return {
      ...answered,
      headers: { 'Tus-Resumable': VERSION, 'Cache-Control': 'no-store', ...answered.headers },
    };
  };

  async #carryOut(method: string, asked: Asked): Promise<Answered> {
    if (method === 'OPTIONS') return { status: 204, headers: configuration };
    refuseIf(asked.headers['authorization'] !== TOKEN, 401);
    if (method === 'GET') return this.#get(asked);
    refuseIf(asked.headers['tus-resumable'] !== VERSION, 412, { 'Tus-Version': VERSION });
    if (method === 'POST') return this.#post(asked);
    if (method === 'HEAD') return { status: 200, headers: describe(this.#find(asked.path)) };
    if (method === 'PATCH') return this.#patch(this.#find(asked.path), asked);
    refuseIf(method !== 'DELETE', 405);
    this.#find(asked.path);
    this.#uploads.delete(asked.path);
    return { status: 204, headers: {} };
  }

  /** @throws Refusal for an upload that is not there, or not any more */
  #find(path: string): Stored {
    const stored = this.#uploads.get(path);
    if (stored === undefined) throw new Refusal(404);
    refuseIf(stored.expiresAt < Date.now() && !isFinished(stored), 410);
    return stored;
  }

  #get({ path }: Asked): Answered {
    const stored = this.#find(path);
    refuseIf(!isFinished(stored), 404);
    return { status: 200, headers: {}, body: contentOf(stored) };
  }

  async #post(asked: Asked): Promise<Answered> {
    const { headers } = asked;
    refuseIf(asked.path !== FILES, 404);
    assertMetadata(headers['upload-metadata']);
    const concat = headers['upload-concat'];
    const parts = concat === undefined || concat === 'partial' ? null : this.#partsOf(concat);
    const deferred = headers['upload-defer-length'];
    refuseIf(deferred !== undefined && deferred !== '1', 400);
    const length = integerIn(asked, 'upload-length');
    refuseIf([length !== null, deferred !== undefined, parts !== null].filter(Boolean).length !== 1, 400);
    refuseIf((length ?? 0) > MAX_SIZE, 413);
    const stored: Stored = {
      length: parts ? parts.reduce((sum, part) => sum + (part.length ?? 0), 0) : length,
      metadata: headers['upload-metadata'],
      concat,
      parts,
      content: Buffer.alloc(0),
      expiresAt: Date.now() + this.#lifetimeMs,
      busy: false,
    };
    const path = `${FILES}/${randomBytes(16).toString('hex')}`;
    const location = { Location: path, ...expiry(stored) };
    const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
    if (hasBody) {
      refuseIf(headers['content-type'] !== OFFSET_MEDIA_TYPE, 415);
      this.#uploads.set(path, stored);
      await append(stored, asked);
      return { status: 201, headers: { ...location, 'Upload-Offset': String(stored.content.length) } };
    }
    this.#uploads.set(path, stored);
    return { status: 201, headers: location };
  }

  #partsOf(concat: string): Stored[] {
    const [kind, urls = ''] = concat.split(';');
    refuseIf(kind !== 'final' || urls.trim() === '', 400);
    const parts = urls.split(' ').map((url) => this.#find(new URL(url, 'http://localhost').pathname));
    refuseIf(
      parts.some(({ concat: kindOfPart }) => kindOfPart !== 'partial'),
      400,
    );
    return parts;
  }

  async #patch(stored: Stored, asked: Asked): Promise<Answered> {
    refuseIf(stored.parts !== null, 403);
    refuseIf(asked.headers['content-type'] !== OFFSET_MEDIA_TYPE, 415);
    refuseIf(stored.busy, 423, expiry(stored));
    const offset = integerIn(asked, 'upload-offset');
    refuseIf(offset === null, 400);
    refuseIf(offset !== stored.content.length, 409, expiry(stored));
    const length = integerIn(asked, 'upload-length');
    if (length !== null) {
      refuseIf(length > MAX_SIZE, 413);
      refuseIf((stored.length ?? length) !== length || length < stored.content.length, 400);
      stored.length = length;
    }
    stored.busy = true;
    try {
      await append(stored, asked);
    } finally {
      stored.busy = false;
    }
    const headers = { 'Upload-Offset': String(stored.content.length), ...expiry(stored) };
    return { status: 204, headers };
  }
}

const configuration = {
  'Tus-Version': VERSION,
  'Tus-Extension': EXTENSIONS,
  'Tus-Max-Size': String(MAX_SIZE),
  'Tus-Checksum-Algorithm': ALGORITHMS.join(','),
};

/** Stores what comes as it comes; a body with a checksum only as a whole. */
async function append(stored: Stored, asked: Asked): Promise<void> {
  const store = (chunk: Buffer): void => {
    const space = (stored.length ?? MAX_SIZE) - stored.content.length;
    stored.content = Buffer.concat([stored.content, chunk.subarray(0, space)]);
    refuseIf(chunk.length > space, 413);
  };
  if (asked.headers['upload-checksum'] === undefined && asked.headers['trailer'] === undefined) {
    for await (const chunk of asked.body) store(chunk);
    return;
  }
  const body = await buffer(asked.body);
  const checksum = asked.headers['upload-checksum'] ?? asked.trailers()['upload-checksum'];
  if (checksum !== undefined) verifyChecksum(checksum, body);
  store(body);
}

function describe(stored: Stored): Record<string, string> {
  const { length, metadata, concat, parts } = stored;
  return {
    ...(parts === null || isFinished(stored) ? { 'Upload-Offset': String(contentOf(stored).length) } : {}),
    ...(length === null ? { 'Upload-Defer-Length': '1' } : { 'Upload-Length': String(length) }),
    ...(metadata !== undefined && { 'Upload-Metadata': metadata }),
    ...(concat !== undefined && { 'Upload-Concat': concat }),
    ...expiry(stored),
  };
}

function contentOf({ content, parts }: Stored): Buffer {
  return parts ? Buffer.concat(parts.map((part) => part.content)) : content;
}

function isFinished({ parts, length, content }: Stored): boolean {
  return parts ? parts.every((part) => isFinished(part)) : content.length === length;
}

function expiry(stored: Stored): Record<string, string> {
  return isFinished(stored) ? {} : { 'Upload-Expires': new Date(stored.expiresAt).toUTCString() };
}
