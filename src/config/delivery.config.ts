import { IsBoolean, IsIn, IsInt, IsOptional, IsString, IsUrl, Max, Min } from 'class-validator';
import { Flag, Integer, List } from './env.js';
import { parsePresets } from './preset-list.js';
import { defineSlice } from './slice.js';

const purgeStyles = ['webhook', 'fastly', 'cloudflare'] as const;
/** How a CDN wants to be told: a signed webhook of our own, or as Fastly or Cloudflare document it. */
export type PurgeStyle = (typeof purgeStyles)[number];

class DeliveryEnv {
  @Integer() @IsInt() @Min(1) TRANSFORM_CONCURRENCY = 2;
  @Integer() @IsInt() @Min(1) TRANSFORM_MAX_COST = 6000;
  @Integer() @IsInt() @Min(0) TRANSFORM_QUEUE_LENGTH = 64;
  @Integer() @IsInt() @Min(1) @Max(300) TRANSFORM_QUEUE_TIMEOUT_SECONDS = 10;
  @Integer() @IsInt() @Min(0) IMAGE_AVIF_MAX_COST = 600;
  @Flag() @IsBoolean() IMAGE_CLIENT_HINTS = false;
  @IsString() IMAGE_PRESETS = '';
  @List() @IsString({ each: true }) IMAGE_EAGER_PRESETS: string[] = [];
  @Flag() @IsBoolean() IMAGE_PRESETS_ONLY = false;
  @Integer() @IsInt() @Min(0) IMAGE_CACHE_MAX_BYTES = 50 * 1024 ** 3;
  @Integer() @IsInt() @Min(0) IMAGE_CACHE_MAX_BYTES_PER_OWNER = 10 * 1024 ** 3;
  @Integer() @IsInt() @Min(0) IMAGE_MEMORY_CACHE_BYTES = 64 * 1024 ** 2;
  @IsOptional()
  @IsUrl({ require_tld: false, protocols: ['http', 'https'], require_protocol: true })
  CDN_PURGE_URL: string | undefined = undefined;
  @IsIn(purgeStyles) CDN_PURGE_STYLE: PurgeStyle = 'webhook';
  @IsOptional() @IsString() CDN_PURGE_SECRET: string | undefined = undefined;
}

export const deliveryConfig = defineSlice('delivery', DeliveryEnv, (env, report) => {
  const presets = parsePresets(env.IMAGE_PRESETS, (message) => report('IMAGE_PRESETS', message));
  if (env.IMAGE_EAGER_PRESETS.some((name) => !Object.hasOwn(presets, name))) {
    report('IMAGE_EAGER_PRESETS', 'must name presets of IMAGE_PRESETS');
  }
  if (env.CDN_PURGE_URL && !env.CDN_PURGE_SECRET) {
    report('CDN_PURGE_SECRET', 'must be set when CDN_PURGE_URL is');
  }
  if (
    env.CDN_PURGE_STYLE === 'webhook' &&
    env.CDN_PURGE_SECRET?.startsWith('whsec_') &&
    !/^whsec_[A-Za-z0-9+/]{4,}={0,2}$/.test(env.CDN_PURGE_SECRET)
  ) {
    report('CDN_PURGE_SECRET', 'must be base64 after whsec_');
  }
  return {
    admission: {
      /** Transforms that run at once in one process. */
      concurrency: env.TRANSFORM_CONCURRENCY,
      /** Sum of the estimated costs of what runs at once; a single one that costs more runs alone. */
      maxCost: env.TRANSFORM_MAX_COST,
      /** How many may wait. */
      queueLength: env.TRANSFORM_QUEUE_LENGTH,
      /** How long a request waits for its turn, or for another process that makes the same. */
      queueTimeoutMs: env.TRANSFORM_QUEUE_TIMEOUT_SECONDS * 1000,
    },
    images: {
      /** An AVIF that costs more is not made while a client waits. */
      avifMaxCost: env.IMAGE_AVIF_MAX_COST,
      clientHints: env.IMAGE_CLIENT_HINTS,
      /** Raw parameters by name, as in a query. */
      presets,
      eagerPresets: env.IMAGE_EAGER_PRESETS,
      presetsOnly: env.IMAGE_PRESETS_ONLY,
      /** Bytes of stored transforms in all, and of one owner; 0 sets no bound. */
      cacheMaxBytes: env.IMAGE_CACHE_MAX_BYTES,
      cacheMaxBytesPerOwner: env.IMAGE_CACHE_MAX_BYTES_PER_OWNER,
      /** Bytes of small, often read transforms that one process keeps in memory; 0 for none. */
      memoryCacheBytes: env.IMAGE_MEMORY_CACHE_BYTES,
    },
    /** Who is told when caches must forget a media; null for nobody. */
    purge: env.CDN_PURGE_URL
      ? { url: env.CDN_PURGE_URL, style: env.CDN_PURGE_STYLE, secret: env.CDN_PURGE_SECRET ?? '' }
      : null,
  };
});
export type DeliveryConfig = ReturnType<typeof deliveryConfig.read>;
