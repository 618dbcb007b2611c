import { Injectable } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Counter } from 'prom-client';
import { acceptedUntil, principalOf } from '../auth/index.js';
import { HotResponses } from '../cache/index.js';
import { TRANSFORM_REQUESTS } from '../metrics/index.js';

/** Of the paths of pictures; others' answers may change without a change of their media. */
const PICTURE = /^\/v1\/media\/([^/?]+)\/(?:thumbnail|image|resize|convert|variants\/[^/?]+)(?:\?(.*))?$/;

const TRANSFORM = /\/(?:image|resize|convert)(?:\?|$)/;

/** Offers whole pictures to the answers that this process keeps. */
@Injectable()
export class HotAnswers {
  constructor(
    private readonly responses: HotResponses,
    @InjectMetric(TRANSFORM_REQUESTS) private readonly transforms: Counter,
  ) {}

  /** To be called when the reply has its headers and is about to be sent. */
  keep(request: FastifyRequest, reply: FastifyReply, body: Buffer): void {
    const [, mediaId, query = ''] = PICTURE.exec(request.url) ?? [];
    const headers = headersOf(reply);
    // What a preset's name stands for may change any time.
    if (mediaId === undefined || /(?:^|&)preset=/.test(query) || reply.statusCode !== 200) return;
    if (!String(headers['content-type']).startsWith('image/')) return;
    const isTransform = TRANSFORM.test(request.url);
    this.responses.keep(
      request,
      {
        mediaId: mediaId.toLowerCase(),
        headers,
        body,
        userId: principalOf(request)?.userId ?? null,
        madeAt: Date.now(),
        given: isTransform ? () => this.transforms.inc({ result: 'hit' }) : () => undefined,
        validUntil: Math.min(rightsUntil(request), freshUntil(String(headers['cache-control']))),
      },
      performance.now() - reply.elapsedTime,
    );
  }
}

/** Epoch milliseconds. A signed URL's own end is that of its caching. */
function rightsUntil({ headers: { authorization } }: FastifyRequest): number {
  const token = /^bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  return token === undefined ? Infinity : acceptedUntil(token).getTime();
}

function freshUntil(cacheControl: string): number {
  const seconds = /max-age=(\d+)/.exec(cacheControl)?.[1];
  return seconds === undefined ? Infinity : Date.now() + Number(seconds) * 1000;
}

function headersOf(reply: FastifyReply): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(reply.getHeaders()).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value : String(value)]],
    ),
  );
}
