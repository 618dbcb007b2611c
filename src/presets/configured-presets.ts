import { Inject, Injectable } from '@nestjs/common';
import { ConfigurationError, type DeliveryConfig, deliveryConfig } from '../config/index.js';
import type { TransformParams } from '../processing/index.js';
import { readPresetParams } from './preset-params.js';

/** A preset as delivery uses it. */
export interface PresetView {
  name: string;
  params: TransformParams;
  eager: boolean;
}

/**
 * The presets of IMAGE_PRESETS, checked by the rules of requests, which the configuration itself does not know.
 * @throws ConfigurationError with all problems at once
 */
export function configuredPresets({ images }: Pick<DeliveryConfig, 'images'>): PresetView[] {
  const problems: { name: string; message: string }[] = [];
  const presets = Object.entries(images.presets).flatMap(([name, raw]) => {
    const reading = readPresetParams(raw);
    if (reading.params) return [{ name, params: reading.params, eager: images.eagerPresets.includes(name) }];
    for (const problem of reading.problems)
      problems.push({ name: 'IMAGE_PRESETS', message: `${name}: ${problem}` });
    return [];
  });
  if (problems.length > 0) throw new ConfigurationError(problems);
  return presets;
}

/** The presets of the configuration, for everybody. */
@Injectable()
export class ConfiguredPresets {
  readonly all: readonly PresetView[];

  constructor(@Inject(deliveryConfig.KEY) config: DeliveryConfig) {
    this.all = configuredPresets(config);
  }
}
