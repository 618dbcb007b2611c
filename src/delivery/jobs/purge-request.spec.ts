import { describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { purgeRequest } from './purge-request.js';

const url = 'https://cdn.example/purge';
const payload = { mediaId: '01990000-0000-7000-8000-000000000000', occurredAt: '2026-01-01T00:00:00.000Z' };
const key = `media-${payload.mediaId}`;

describe('purgeRequest', () => {
  it('speaks as Fastly does', () => {
    expect(purgeRequest({ url, style: 'fastly', secret: 'token' }, payload, new Date())).toEqual({
      url,
      headers: { 'fastly-key': 'token', 'surrogate-key': key },
      body: '',
    });
  });

  it('speaks as Cloudflare does', () => {
    const request = purgeRequest({ url, style: 'cloudflare', secret: 'token' }, payload, new Date());
    expect(request.headers).toEqual({ 'content-type': 'application/json', authorization: 'Bearer token' });
    expect(JSON.parse(request.body)).toEqual({ tags: [key] });
  });

  it('signs a webhook as Standard Webhooks say, under the same id at every attempt', () => {
    const secret = 'a key of twenty-four byte';
    const [first, second] = [0, 1000].map((later) =>
      purgeRequest({ url, style: 'webhook', secret }, payload, new Date(Date.now() + later)),
    );
    if (!first || !second) throw new Error('there are no requests');
    const verified = new Webhook(Buffer.from(secret).toString('base64')).verify(first.body, first.headers);
    expect(verified).toEqual({
      type: 'cache.purge',
      timestamp: payload.occurredAt,
      data: { mediaId: payload.mediaId, keys: [key] },
    });
    expect(second.headers['webhook-id']).toBe(first.headers['webhook-id']);
    expect(second.body).toBe(first.body);
  });
});
