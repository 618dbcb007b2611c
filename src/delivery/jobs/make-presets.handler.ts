import { Injectable } from '@nestjs/common';
import { MediaLookup, spaceOf } from '../../media/index.js';
import {
  type JobContext,
  JobHandler,
  type MediaJobPayload,
  type OutputFormat,
} from '../../processing/index.js';
import { Presets } from '../../presets/index.js';
import { type DeliverableMedia, deliverable } from '../delivery-access.js';
import { BackgroundTransforms } from '../transforms/background-transforms.js';
import { acceptedFormats } from '../transforms/accepted-formats.js';
import { TransformIndex } from '../transforms/transform-index.js';
import { TransformPlanner } from '../transforms/transform-planner.js';
import { TransformRenderer } from '../transforms/transform-renderer.js';
import { TransformStore } from '../transforms/transform-store.js';

/** What a client may get of a preset that names no format. */
const everyFormat = 'image/avif,image/webp';

/** Makes the presets of an image which are to be there before anyone asks, in every format that may be asked for. */
@Injectable()
export class MakePresetsHandler extends JobHandler {
  override readonly job = 'media.make-presets';

  constructor(
    private readonly lookup: MediaLookup,
    private readonly presets: Presets,
    private readonly planner: TransformPlanner,
    private readonly index: TransformIndex,
    private readonly renderer: TransformRenderer,
    private readonly results: TransformStore,
    private readonly background: BackgroundTransforms,
  ) {
    super();
  }

  override async handle({ mediaId }: MediaJobPayload, { signal }: JobContext): Promise<void> {
    const media = deliverable(await this.lookup.find(mediaId));
    if (media?.kind !== 'image' || media.width === null) return;
    const hasAlpha = media.metadata['hasAlpha'] === true;
    for (const { params } of await this.presets.eager(spaceOf(media))) {
      const { format = 'auto' } = params;
      const formats = format === 'auto' ? acceptedFormats(everyFormat, { hasAlpha }) : [format];
      for (const negotiated of formats) {
        if (signal.aborted) return;
        await this.make(media, { params, negotiated });
      }
    }
  }

  private async make(
    media: DeliverableMedia,
    { params, negotiated }: { params: object; negotiated: OutputFormat },
  ): Promise<void> {
    const { canonical, hash } = this.planner.plan(media, params, negotiated);
    const key = { mediaId: media.id, hash };
    if (await this.index.read(key)) return;
    // Seconds of a core: in a job of its own, after what is quick.
    if (canonical.format === 'avif') {
      this.background.request(key, canonical);
      return;
    }
    const image = await this.renderer.render(media, canonical, { for: 'preset' });
    await this.results.keep(key, image, { provisional: false });
  }
}
