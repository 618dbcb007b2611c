import type { FastifyReply } from 'fastify';

/** What a request was answered with, as far as a repetition is answered alike. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: unknown;
}

/** Headers that tell of the created resource; all others are those of the one request. */
const keptHeaders = ['location', 'etag', 'media-id', 'upload-expires', 'upload-offset'];

/** The answer that a reply stands for, with the body that is about to be sent. */
export function answerOf(reply: FastifyReply, body: unknown): Answer {
  const kept = keptHeaders.flatMap((name) => {
    const value = reply.getHeader(name);
    return value === undefined ? [] : [[name, String(value)]];
  });
  return { status: reply.statusCode, headers: Object.fromEntries(kept) as Record<string, string>, body };
}

export function isSuccess({ status }: Answer): boolean {
  return status >= 200 && status < 300;
}
