import { gzipSync } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Representation } from './representation.service.js';

const accepted = /(?:^|,)\s*gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[\d.]+\s*)?(?:,|$)/;

/**
 * A text that is held in memory, compressed for clients that take it so: players must get playlists with gzip
 * (Apple HLS Authoring Specification, 10.1). The other encoding is another representation, with a tag of its own
 * (RFC 9110, 8.8.3.3).
 */
export function compressText(
  request: FastifyRequest,
  reply: FastifyReply,
  representation: Representation,
): Representation {
  const { source, tag } = representation;
  if (!('data' in source)) return representation;
  void reply.header('Vary', 'Accept-Encoding');
  if (!accepted.test(request.headers['accept-encoding'] ?? '')) return representation;
  const data = gzipSync(source.data);
  void reply.header('Content-Encoding', 'gzip');
  return { ...representation, source: { data }, sizeBytes: data.length, tag: `${tag}-gzip` };
}
