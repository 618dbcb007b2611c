import { Injectable } from '@nestjs/common';
import { MediaLookup } from '../../media/index.js';
import { type CanonicalTransform, JobHandler } from '../../processing/index.js';
import { deliverable } from '../delivery-access.js';
import type { MakeTransformPayload } from '../transforms/background-transforms.js';
import { TransformIndex } from '../transforms/transform-index.js';
import { TransformRenderer } from '../transforms/transform-renderer.js';
import { TransformStore } from '../transforms/transform-store.js';

/** Of 0 to 9, as the encoders count: ten times the work of what is made while a client waits. */
const THOROUGH = 4;

/** Makes a transform with the effort that no client waits for: one that is not there yet, or in place of a hasty one. */
@Injectable()
export class MakeTransformHandler extends JobHandler {
  override readonly job = 'media.make-transform';

  constructor(
    private readonly lookup: MediaLookup,
    private readonly index: TransformIndex,
    private readonly renderer: TransformRenderer,
    private readonly results: TransformStore,
  ) {
    super();
  }

  override async handle({ mediaId, hash, transform }: MakeTransformPayload): Promise<void> {
    const media = deliverable(await this.lookup.find(mediaId));
    if (!media) return;
    const key = { mediaId, hash };
    const known = await this.index.read(key);
    if (known && !known.provisional) return;
    const canonical = JSON.parse(transform) as CanonicalTransform;
    const image = await this.renderer.render(media, canonical, { for: 'upgrade', effort: THOROUGH });
    if (known) await this.results.upgrade(key, known, image);
    else await this.results.keep(key, image, { provisional: false });
    await this.index.forget(key);
  }
}
