import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { principalOf } from '../auth/index.js';
import { DomainError } from '../common/index.js';
import { MediaAccess, type MediaView } from '../media/index.js';
import { signedTokenOf, UrlSigner } from '../security/index.js';
import { deliveryErrors } from './delivery.errors.js';
import { streamResource } from './playback/stream-resource.js';

/** How long caches may keep what they were given, at most. */
const SHARED_SECONDS = 3600;
/** How long shared caches may go on giving out what they have while they ask for it anew (RFC 5861). */
const STALE_SECONDS = 24 * 3600;

/** A media whose bytes are there and known. */
export type DeliverableMedia = MediaView & { sha256: string; storageKey: string };

/** A media whose bytes the caller may have, and how they may be kept. */
export interface Delivery {
  media: DeliverableMedia;
  cacheControl: string;
  /** The same for what can be made anew at any time. */
  derivedCacheControl: string;
  embeddable: boolean;
  /** When the signed URL ends by which they are asked for; null where other rights are. */
  grantedUntil: Date | null;
  /** Names by which a CDN can be told to forget the answer; none for what no shared cache may keep. */
  surrogateKeys: readonly string[];
}

/** The name of all that is delivered of a media. */
export function surrogateKeyOf(mediaId: string): string {
  return `media-${mediaId}`;
}

/** The media, if its bytes may be delivered to those who may read it. */
export function deliverable(media: MediaView | null): DeliverableMedia | null {
  if (!media || media.deleted || !media.clean || media.status === 'quarantined') return null;
  const { sha256, storageKey } = media;
  return sha256 === null || storageKey === null ? null : { ...media, sha256, storageKey };
}

/** Decides who gets bytes: by token, by visibility or by a signed URL. */
@Injectable()
export class DeliveryAccess {
  constructor(
    private readonly access: MediaAccess,
    private readonly signer: UrlSigner,
  ) {}

  /** @throws MEDIA_NOT_FOUND, MEDIA_NOT_CLEAN, MEDIA_QUARANTINED, SIGNATURE_INVALID, SIGNATURE_EXPIRED */
  async open(request: FastifyRequest, id: string): Promise<Delivery> {
    const token = signedTokenOf(request.raw);
    const grant = token === null ? null : this.verify(token, request.url);
    const principal = principalOf(request) ?? null;
    const media = await this.access.deliverable(id, { principal, signed: grant !== null });
    if (media.status === 'quarantined') throw deliveryErrors.MEDIA_QUARANTINED();
    const { sha256, storageKey } = media;
    if (!media.clean || sha256 === null || storageKey === null)
      throw deliveryErrors.MEDIA_NOT_CLEAN(undefined, { headers: { 'Retry-After': '5' } });
    const shared = grant !== null || media.visibility === 'public';
    return {
      media: { ...media, sha256, storageKey },
      ...(shared ? sharedCaching(grant?.expiresAt ?? null) : privateCaching),
      embeddable: shared,
      grantedUntil: grant?.expiresAt ?? null,
      surrogateKeys: shared ? [surrogateKeyOf(media.id)] : [],
    };
  }

  /** @throws SIGNATURE_INVALID, SIGNATURE_EXPIRED */
  private verify(token: string, url: string): { expiresAt: Date } {
    const stream = streamResource(url);
    if (stream === null) return this.signer.verify(token, url);
    try {
      return this.signer.verify(token, url);
    } catch (error) {
      // Of two that fail the second tells: it knows whether the token was one for the stream and has expired.
      if (error instanceof DomainError && error.code === 'SIGNATURE_INVALID') {
        return this.signer.verify(token, stream);
      }
      throw error;
    }
  }
}

const privateCaching = { cacheControl: 'private, no-cache', derivedCacheControl: 'private, no-cache' };

/** Never longer than the signature holds. */
export function sharedCaching(
  expiresAt: Date | null,
  now = Date.now(),
): Pick<Delivery, 'cacheControl' | 'derivedCacheControl'> {
  const left = expiresAt === null ? Infinity : Math.max(0, Math.floor((expiresAt.getTime() - now) / 1000));
  const fresh = Math.min(SHARED_SECONDS, left);
  const stale = Math.min(STALE_SECONDS, left - fresh);
  const cacheControl = `public, max-age=${fresh}`;
  return {
    cacheControl,
    derivedCacheControl: stale > 0 ? `${cacheControl}, stale-while-revalidate=${stale}` : cacheControl,
  };
}
