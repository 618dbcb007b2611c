import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type StorageConfig, storageConfig } from '../config/index.js';
import { contentDisposition, isInlineSafe } from '../security/index.js';
import { ObjectStore } from '../storage/index.js';
import { isNotModified, type RangeSelection, selectRange } from './conditional.js';
import { deliveryErrors } from './delivery.errors.js';
import { HotAnswers } from './hot-answers.js';
import { HotBytes } from './hot-bytes.js';

const REDIRECT_SECONDS = 300;

/** Bytes to be sent, and what is to be said of them. */
export interface Representation {
  /** In the store, or at hand. */
  source: { key: string } | { data: Buffer };
  contentType: string;
  sizeBytes: number;
  /** Without quotes; must change whenever the bytes do. */
  tag: string;
  lastModified: Date;
  filename: string;
  /** What a browser could run goes out as attachment all the same; null for what is no file to a user. */
  disposition: 'inline' | 'attachment' | null;
  cacheControl: string;
  /** Other origins may embed it: public and signed content. */
  embeddable: boolean;
  /** May be answered by a redirect to the store, where that is configured. */
  redirectable?: boolean;
  /** Read often, when it is small: kept in memory. */
  hot?: boolean;
  /** Names for CDNs; see Delivery. */
  surrogateKeys?: readonly string[];
}

/** An entity tag for bytes under a key that is written once: the key names them, and is not for clients. */
export function keyTag(key: string): string {
  return createHash('sha256').update(key).digest('base64url').slice(0, 27);
}

/** Sends stored bytes as HTTP wants them: conditions, ranges, and headers that keep browsers from running them. */
@Injectable()
export class RepresentationService {
  constructor(
    private readonly store: ObjectStore,
    private readonly hot: HotBytes,
    private readonly answers: HotAnswers,
    @Inject(storageConfig.KEY) private readonly config: StorageConfig,
  ) {}

  /** @throws RANGE_NOT_SATISFIABLE, OBJECT_NOT_FOUND, STORAGE_UNAVAILABLE */
  async send(
    request: FastifyRequest,
    reply: FastifyReply,
    representation: Representation,
  ): Promise<FastifyReply> {
    const { sizeBytes, contentType, lastModified, cacheControl, source } = representation;
    const validators = { entityTag: `"${representation.tag}"`, lastModified };
    void reply.headers({
      'Accept-Ranges': 'bytes',
      'Cache-Control': cacheControl,
      ETag: validators.entityTag,
      'Last-Modified': lastModified.toUTCString(),
      ...dispositionOf(representation),
      ...surrogateHeaders(representation),
      'Content-Security-Policy': 'sandbox',
      'Cross-Origin-Resource-Policy': representation.embeddable ? 'cross-origin' : 'same-origin',
      'X-Content-Type-Options': 'nosniff',
    });
    if (isNotModified(request.headers, validators)) return reply.code(304).send();
    // A presigned URL is for GET alone.
    if (
      request.method === 'GET' &&
      this.config.redirectDownloads &&
      representation.redirectable &&
      'key' in source &&
      this.store.canPresign
    ) {
      return this.redirect(reply, source.key, representation);
    }
    void reply.type(contentType);
    // Ranges are defined for GET alone (RFC 9110 section 14.2).
    const selection: RangeSelection =
      request.method === 'GET' ? selectRange(request.headers, sizeBytes, validators) : { kind: 'whole' };
    if (selection.kind === 'unsatisfiable') {
      throw deliveryErrors.RANGE_NOT_SATISFIABLE(undefined, {
        headers: { 'Content-Range': `bytes */${sizeBytes}` },
      });
    }
    const range = selection.kind === 'part' ? selection.range : { start: 0, end: sizeBytes - 1 };
    if (selection.kind === 'part') {
      void reply.code(206).header('Content-Range', `bytes ${range.start}-${range.end}/${sizeBytes}`);
    }
    void reply.header('Content-Length', range.end - range.start + 1);
    // An empty stream: of nothing at all Fastify would say that the length is 0.
    if (request.method === 'HEAD') return reply.send(Readable.from([]));
    if ('data' in source) return reply.send(source.data.subarray(range.start, range.end + 1));
    const hot = representation.hot ? await this.hot.read(source.key, sizeBytes) : null;
    if (hot?.length === sizeBytes && selection.kind === 'whole') this.answers.keep(request, reply, hot);
    if (hot) return reply.send(hot.subarray(range.start, range.end + 1));
    return reply.send(await this.store.get(source.key, selection.kind === 'part' ? range : undefined));
  }

  private async redirect(
    reply: FastifyReply,
    key: string,
    representation: Representation,
  ): Promise<FastifyReply> {
    const url = await this.store.presignGet(key, {
      expiresInSeconds: REDIRECT_SECONDS,
      contentType: representation.contentType,
      contentDisposition: dispositionOf(representation)['Content-Disposition'],
    });
    return reply.header('Cache-Control', 'no-store').redirect(url, 302);
  }
}

/** As Fastly and others (Surrogate-Key), and Cloudflare and others (Cache-Tag), read them. */
function surrogateHeaders({ surrogateKeys = [] }: Representation): Record<string, string> {
  if (surrogateKeys.length === 0) return {};
  return { 'Surrogate-Key': surrogateKeys.join(' '), 'Cache-Tag': surrogateKeys.join(',') };
}

function dispositionOf({ contentType, disposition, filename }: Representation): {
  'Content-Disposition'?: string;
} {
  if (disposition === null) return {};
  return {
    'Content-Disposition': contentDisposition(
      isInlineSafe(contentType) ? disposition : 'attachment',
      filename,
    ),
  };
}
