import type { PurgeStyle } from '../../config/index.js';
import { createWebhook } from '../../processing/index.js';
import { surrogateKeyOf } from '../delivery-access.js';

export interface PurgePayload {
  mediaId: string;
  /** ISO 8601. */
  occurredAt: string;
}

export interface PurgeRequest {
  url: string;
  headers: Record<string, string>;
  body: string;
}

/**
 * How a CDN is told. Fastly: purge by surrogate keys (`POST /service/{id}/purge`, all keys in a header). Cloudflare:
 * purge by tags (`POST /zones/{id}/purge_cache`). Anything else: a webhook as Standard Webhooks say.
 * @param now time of this attempt
 */
export function purgeRequest(
  { url, style, secret }: { url: string; style: PurgeStyle; secret: string },
  { mediaId, occurredAt }: PurgePayload,
  now: Date,
): PurgeRequest {
  const keys = [surrogateKeyOf(mediaId)];
  const json = { 'content-type': 'application/json' };
  switch (style) {
    case 'fastly':
      return { url, headers: { 'fastly-key': secret, 'surrogate-key': keys.join(' ') }, body: '' };
    case 'cloudflare':
      return {
        url,
        headers: { ...json, authorization: `Bearer ${secret}` },
        body: JSON.stringify({ tags: keys }),
      };
    case 'webhook': {
      const body = JSON.stringify({ type: 'cache.purge', timestamp: occurredAt, data: { mediaId, keys } });
      const id = `cache.purge-${mediaId}-${Date.parse(occurredAt)}`;
      return {
        url,
        headers: {
          ...json,
          'webhook-id': id,
          'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
          'webhook-signature': createWebhook(secret).sign(id, now, body),
        },
        body,
      };
    }
  }
}
