import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { compressText } from './compress-text.js';
import type { Representation } from './representation.service.js';

function compress(encoding: string | undefined) {
  const headers: Record<string, string> = {};
  const reply = { header: (name: string, value: string) => (headers[name] = value) };
  const representation = { source: { data: Buffer.from('text') }, tag: 'a', sizeBytes: 4 };
  const sent = compressText(
    { headers: { 'accept-encoding': encoding } } as unknown as FastifyRequest,
    reply as unknown as FastifyReply,
    representation as Representation,
  );
  return { headers, sent };
}

describe('compressText', () => {
  it.each(['gzip', 'gzip, deflate, br', 'br;q=1.0, gzip;q=0.8', 'deflate,gzip'])(
    'compresses for %j',
    (encoding) => {
      const { headers, sent } = compress(encoding);
      expect(headers).toEqual({ Vary: 'Accept-Encoding', 'Content-Encoding': 'gzip' });
      expect(sent.tag).toBe('a-gzip');
      const data = 'data' in sent.source ? sent.source.data : Buffer.alloc(0);
      expect(gunzipSync(data).toString()).toBe('text');
      expect(sent.sizeBytes).toBe(data.length);
    },
  );

  it.each([undefined, '', 'identity', 'br', 'gzip;q=0', 'gzip;q=0.0, br', 'xgzip'])(
    'leaves text as it is for %j',
    (encoding) => {
      const { headers, sent } = compress(encoding);
      expect(headers).toEqual({ Vary: 'Accept-Encoding' });
      expect(sent.tag).toBe('a');
    },
  );
});
