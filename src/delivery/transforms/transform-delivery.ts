import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DomainError, goneSignal } from '../../common/index.js';
import { type DeliveryConfig, deliveryConfig } from '../../config/index.js';
import { deliveryErrors } from '../delivery.errors.js';
import { keyTag, RepresentationService } from '../representation.service.js';
import { hintFields, readClientHints, requestedHints } from './client-hints.js';
import { type TransformAsk, TransformAccess } from './transform-access.js';
import type { StoredTransform } from './stored-transform.js';
import { TransformPlanner } from './transform-planner.js';
import { TransformService } from './transform.service.js';

/** How long caches may keep that a transform can not be made: it may be mended, or asked for differently. */
const NEGATIVE_SECONDS = 10;

interface Exchange {
  request: FastifyRequest;
  reply: FastifyReply;
}

/** Answers requests for transforms. */
@Injectable()
export class TransformDelivery {
  constructor(
    private readonly access: TransformAccess,
    private readonly planner: TransformPlanner,
    private readonly transforms: TransformService,
    private readonly representations: RepresentationService,
    @Inject(deliveryConfig.KEY) private readonly config: DeliveryConfig,
  ) {}

  /** @throws as TransformAccess.open, TransformPlanner.candidates, TransformService.transform */
  async send(id: string, ask: TransformAsk, { request, reply }: Exchange): Promise<void> {
    // Counted from the arrival of the request: whatever comes before the work is one wait to its client.
    const waitsUntil = performance.now() - reply.elapsedTime + this.config.admission.queueTimeoutMs;
    const { delivery, params } = await this.access.open(request, id, ask);
    const { media, derivedCacheControl, embeddable, surrogateKeys } = delivery;
    const hints = this.config.images.clientHints ? readClientHints(request.headers) : null;
    if (hints) void reply.header('Accept-CH', requestedHints);
    vary(reply, [...((params.format ?? 'auto') === 'auto' ? ['Accept'] : []), ...(hints ? hintFields : [])]);
    try {
      const { accept } = request.headers;
      const obtain = (): Promise<StoredTransform> =>
        this.transforms.transform(media, this.planner.candidates(media, { params, accept, hints }), {
          gone: () => goneSignal(reply, deliveryErrors.TRANSFORM_BUSY()),
          waitsUntil,
        });
      const answer = ({ storageKey: key, contentType, sizeBytes, createdAt }: StoredTransform) =>
        this.representations.send(request, reply, {
          source: { key },
          contentType,
          sizeBytes,
          tag: keyTag(key),
          lastModified: new Date(createdAt),
          filename: `${media.filename.replace(/\.[^.]*$/, '')}.${contentType.split('/')[1]}`,
          disposition: 'inline',
          cacheControl: derivedCacheControl,
          embeddable,
          surrogateKeys,
          hot: true,
        });
      const result = await obtain();
      await answer(result).catch(async (error: unknown) => {
        if (!isLost(error)) throw error;
        await this.transforms.forget(media.id, result);
        reply.code(200).removeHeader('Content-Range');
        await answer(await obtain());
      });
    } catch (error) {
      throw embeddable ? shortlyKept(error) : error;
    }
  }
}

/** CORS may have named Origin already. */
function vary(reply: FastifyReply, fields: readonly string[]): void {
  if (fields.length === 0) return;
  const named = [reply.getHeader('Vary') ?? []].flat();
  void reply.header('Vary', [...named, ...fields].join(', '));
}

/** Results are not synced as originals are: a crash of the machine can take them away. */
function isLost(error: unknown): boolean {
  return error instanceof DomainError && error.code === 'OBJECT_NOT_FOUND';
}

/** What the content or the parameters are to blame for stays so for a while. */
function shortlyKept(error: unknown): unknown {
  if (!(error instanceof DomainError) || ![400, 422].includes(error.status)) return error;
  const headers = { ...error.options.headers, 'Cache-Control': `public, max-age=${NEGATIVE_SECONDS}` };
  return new DomainError(error.code, error.spec, error.message, { ...error.options, headers });
}
