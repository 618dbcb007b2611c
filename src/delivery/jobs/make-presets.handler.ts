import { Injectable, Logger } from '@nestjs/common';
import { DomainError } from '../../common/index.js';
import { MediaLookup, spaceOf } from '../../media/index.js';
import {
  type JobContext,
  JobHandler,
  type MediaJobPayload,
  type OutputFormat,
  type TransformParams,
} from '../../processing/index.js';
import { Presets } from '../../presets/index.js';
import { type DeliverableMedia, deliverable } from '../delivery-access.js';
import { BackgroundTransforms } from '../transforms/background-transforms.js';
import { TransformIndex } from '../transforms/transform-index.js';
import { TransformPlanner } from '../transforms/transform-planner.js';
import { TransformRenderer } from '../transforms/transform-renderer.js';
import { TransformStore } from '../transforms/transform-store.js';

/** What a client may get of a preset that names no format. */
const everyFormat = 'image/avif,image/webp';

interface WantedPreset {
  name: string;
  params: TransformParams;
  negotiated: OutputFormat;
}

/** Makes the presets of an image which are to be there before anyone asks, in every format that may be asked for. */
@Injectable()
export class MakePresetsHandler extends JobHandler {
  override readonly job = 'media.make-presets';
  private readonly logger = new Logger(MakePresetsHandler.name);

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
    if (media?.kind !== 'image' || media.status !== 'ready') return;
    for (const { name, params } of await this.presets.eager(spaceOf(media))) {
      for (const negotiated of this.planner.formats(media, params, everyFormat)) {
        if (signal.aborted) return;
        await this.tryToMake(media, { name, params, negotiated });
      }
    }
  }

  /** A preset that does not suit the image does no harm to the others. */
  private async tryToMake(media: DeliverableMedia, wanted: WantedPreset): Promise<void> {
    try {
      await this.make(media, wanted);
    } catch (error) {
      if (!(error instanceof DomainError) || error.status >= 500) throw error;
      this.logger.log(
        { mediaId: media.id, preset: wanted.name, code: error.code },
        'a preset can not be made',
      );
    }
  }

  private async make(media: DeliverableMedia, { params, negotiated }: WantedPreset): Promise<void> {
    const { canonical, hash } = await this.planner.plan(media, params, negotiated);
    const key = { mediaId: media.id, hash };
    if (await this.index.read(key)) return;
    // Seconds of a core: in a job of its own, after what is quick.
    if (canonical.format === 'avif') {
      await this.background.enqueue(key, canonical);
      return;
    }
    const image = await this.renderer.render(media, canonical, { for: 'preset' });
    await this.results.keep(key, image, { provisional: false });
  }
}
