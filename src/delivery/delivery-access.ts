import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { principalOf, unauthenticated } from '../auth/index.js';
import { DomainError } from '../common/index.js';
import { MediaAccess, type MediaView } from '../media/index.js';
import { signedTokenOf, UrlSigner } from '../security/index.js';
import { deliveryErrors } from './delivery.errors.js';
import { streamResource } from './playback/stream-resource.js';

/** How long caches may keep what they were given, at most. */
const SHARED_SECONDS = 3600;

/** A media whose bytes are there and known. */
export type DeliverableMedia = MediaView & { sha256: string; storageKey: string };

/** A media whose bytes the caller may have, and how they may be kept. */
export interface Delivery {
  media: DeliverableMedia;
  cacheControl: string;
  embeddable: boolean;
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
      cacheControl: shared ? sharedCaching(grant?.expiresAt ?? null) : 'private, no-cache',
      embeddable: shared,
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

  /**
   * As `open`, for what costs work to make: the public gets it by signed URLs only.
   * @throws UNAUTHENTICATED
   */
  async openCostly(request: FastifyRequest, id: string): Promise<Delivery> {
    const delivery = await this.open(request, id);
    if (signedTokenOf(request.raw) === null && !principalOf(request)) throw unauthenticated();
    return delivery;
  }
}

/** Never longer than the signature holds. */
function sharedCaching(expiresAt: Date | null): string {
  const left = expiresAt === null ? SHARED_SECONDS : Math.floor((expiresAt.getTime() - Date.now()) / 1000);
  return `public, max-age=${Math.max(0, Math.min(SHARED_SECONDS, left))}`;
}
