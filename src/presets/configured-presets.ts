import { Inject, Injectable } from '@nestjs/common';
import { type DeliveryConfig, deliveryConfig } from '../config/index.js';
import type { TransformParams } from '../processing/index.js';
import { readPresetParams } from './preset-params.js';

/** A preset as delivery uses it. */
export interface PresetView {
  name: string;
  params: TransformParams;
  eager: boolean;
}

/** The presets of IMAGE_PRESETS, for everybody. The start fails when one of them is refused by the rules of requests. */
@Injectable()
export class ConfiguredPresets {
  readonly all: readonly PresetView[];

  constructor(@Inject(deliveryConfig.KEY) { images }: DeliveryConfig) {
    const problems: string[] = [];
    this.all = Object.entries(images.presets).flatMap(([name, raw]) => {
      const reading = readPresetParams(raw);
      if (reading.params)
        return [{ name, params: reading.params, eager: images.eagerPresets.includes(name) }];
      problems.push(...reading.problems.map((problem) => `  IMAGE_PRESETS: ${name}: ${problem}`));
      return [];
    });
    if (problems.length > 0) throw new Error(['The configuration has problems:', ...problems].join('\n'));
  }
}
