import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { principalOf, unauthenticated } from '../../auth/index.js';
import { type DeliveryConfig, deliveryConfig } from '../../config/index.js';
import { spaceOf } from '../../media/index.js';
import { Presets } from '../../presets/index.js';
import type { TransformParams } from '../../processing/index.js';
import { signedTokenOf } from '../../security/index.js';
import { type Delivery, DeliveryAccess } from '../delivery-access.js';
import { deliveryErrors } from '../delivery.errors.js';

/** Parameters as a request has them, with the name of a preset. */
export type TransformAsk = TransformParams & { preset?: string };

/** Decides who may have which transforms: of public media anyone may have presets, and nothing else. */
@Injectable()
export class TransformAccess {
  constructor(
    private readonly access: DeliveryAccess,
    private readonly presets: Presets,
    @Inject(deliveryConfig.KEY) private readonly config: DeliveryConfig,
  ) {}

  /**
   * The media and the parameters, those of the preset filled in.
   * @throws as DeliveryAccess.open; UNAUTHENTICATED, PRESET_REQUIRED, PRESET_NOT_FOUND
   */
  async open(
    request: FastifyRequest,
    id: string,
    ask: TransformAsk,
  ): Promise<{ delivery: Delivery; params: TransformParams }> {
    const delivery = await this.access.open(request, id);
    const { preset, own } = split(ask);
    const pure = preset !== undefined && Object.keys(own).length === 0;
    if (!pure && this.config.images.presetsOnly) throw deliveryErrors.PRESET_REQUIRED();
    const known = signedTokenOf(request.raw) !== null || Boolean(principalOf(request));
    if (!pure && !known) throw unauthenticated();
    if (preset === undefined) return { delivery, params: own };
    const { params } = await this.presets.get(spaceOf(delivery.media), preset);
    return { delivery, params: { ...params, ...own } };
  }
}

/** What is not given is no parameter, nor is the format that is taken anyway. */
function split({ preset, ...rest }: TransformAsk): { preset: string | undefined; own: TransformParams } {
  const given = Object.entries(rest).filter(
    ([name, value]) => value !== undefined && !(name === 'format' && value === 'auto'),
  );
  return { preset, own: Object.fromEntries(given) };
}
