import type { IncomingHttpHeaders } from 'node:http';
import { LRUCache } from 'lru-cache';

/** What an entry takes beside its bytes: key, headers and the objects around them. */
const OVERHEAD_BYTES = 4096;
/** So long is a popular answer given without a look at anything; then one request goes the whole way. */
const FRESH_MS = 5000;
/** How many invalidations are remembered one by one. */
const MAX_INVALIDATIONS = 10_000;
const MAX_ASKED = 5000;

/** Request headers that an answer may depend on, all part of its key. */
const keyHeaders = [
  'authorization',
  'accept',
  'origin',
  'dpr',
  'width',
  'save-data',
  'sec-ch-dpr',
  'sec-ch-width',
  'sec-ch-viewport-width',
] as const;
/** What makes a request one for something else than all bytes. */
const conditions = [
  'range',
  'if-none-match',
  'if-modified-since',
  'if-range',
  'if-match',
  'if-unmodified-since',
];

/** What an answer is found by. */
export interface HotRequest {
  method: string;
  /** As the client sent it: the token of a signed URL is a part of it. */
  originalUrl: string;
  headers: IncomingHttpHeaders;
}

export interface HotResponse {
  /** Whoever changes the media makes the answer void. */
  mediaId: string;
  /** Names in lower case. */
  headers: Readonly<Record<string, string | string[]>>;
  body: Buffer;
  /** Whose it is, for limits on requests; the key holds the token, so it is the same one each time. */
  userId: string | null;
  /** Epoch milliseconds: when the answer was made, and until when the asker's own rights hold. */
  madeAt: number;
  validUntil: number;
  /** Told of every time that it is given. */
  given: () => void;
}

/**
 * Whole answers of this process, of small pictures that are asked for over and over: a hit needs no router, no
 * signature, no look-up and no file. An answer is given only to a request that is equal in all that it depends on, the
 * token included, and is void as soon as a change of its media is known here: see MediaLookup.
 */
export class HotResponses {
  private readonly entries: LRUCache<string, HotResponse>;
  /** What was asked for lately: an answer is kept from the second time on. */
  private readonly asked = new LRUCache<string, true>({ max: MAX_ASKED, ttl: FRESH_MS });
  private readonly keysOfMedia = new Map<string, Set<string>>();
  private readonly invalidated: LRUCache<string, number>;
  /** Whatever began before this moment (of performance.now) may have missed an invalidation. */
  private floor = 0;
  private told = false;

  constructor(maxBytes: number) {
    this.entries = new LRUCache({
      maxSize: Math.max(1, maxBytes),
      maxEntrySize: Math.max(1, Math.floor(maxBytes / 8)),
      ttl: FRESH_MS,
      sizeCalculation: ({ body }) => body.length + OVERHEAD_BYTES,
      dispose: ({ mediaId }, key, reason) => {
        if (reason !== 'set') this.unlist(mediaId, key);
      },
    });
    this.invalidated = new LRUCache({
      max: MAX_INVALIDATIONS,
      dispose: (at, _id, reason) => {
        if (reason === 'evict') this.floor = Math.max(this.floor, at);
      },
    });
  }

  get(request: HotRequest): HotResponse | null {
    const key = this.entries.size > 0 ? keyOf(request) : null;
    const found = key === null ? undefined : this.entries.get(key);
    if (!found) return null;
    return Date.now() < found.validUntil ? found : null;
  }

  /**
   * Keeps an answer, unless its media was changed since the work on it began.
   * @param startedAt of performance.now()
   */
  keep(request: HotRequest, response: HotResponse, startedAt: number): void {
    const { mediaId, headers } = response;
    if (!this.told || startedAt <= Math.max(this.floor, this.invalidated.get(mediaId) ?? 0)) return;
    const key = variesByKeyAlone(headers) ? keyOf(request) : null;
    if (key === null) return;
    if (!this.asked.has(key)) {
      this.asked.set(key, true);
      return;
    }
    this.entries.set(key, response);
    if (!this.entries.has(key)) return;
    const keys = this.keysOfMedia.get(mediaId);
    if (keys) keys.add(key);
    else this.keysOfMedia.set(mediaId, new Set([key]));
  }

  /** A media has changed. */
  forget(mediaId: string): void {
    this.invalidated.set(mediaId, performance.now());
    for (const key of this.keysOfMedia.get(mediaId) ?? []) this.entries.delete(key);
  }

  /**
   * Anything may have changed.
   * @param told whether changes are heard of from now on; until they are, nothing is kept
   */
  reset(told: boolean): void {
    this.told = told;
    this.floor = performance.now();
    this.entries.clear();
  }

  private unlist(mediaId: string, key: string): void {
    const keys = this.keysOfMedia.get(mediaId);
    keys?.delete(key);
    if (keys?.size === 0) this.keysOfMedia.delete(mediaId);
  }
}

/** Null for requests that are never answered from here. */
function keyOf({ method, originalUrl, headers }: HotRequest): string | null {
  if (method !== 'GET' || conditions.some((name) => name in headers)) return null;
  return keyHeaders.reduce((key, name) => `${key}\n${valueOf(headers, name)}`, originalUrl);
}

function valueOf(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name];
  return typeof value === 'string' ? value : '';
}

function variesByKeyAlone(headers: HotResponse['headers']): boolean {
  return [headers['vary'] ?? []]
    .flat()
    .flatMap((value) => value.split(','))
    .every((name) => (keyHeaders as readonly string[]).includes(name.trim().toLowerCase()));
}
