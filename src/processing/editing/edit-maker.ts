import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { Injectable } from '@nestjs/common';
import { type EditPlan, type Media, MediaCommitService } from '../../media/index.js';
import { ObjectStore } from '../../storage/index.js';
import { MediaTools } from '../ffmpeg/index.js';
import { ScratchSpace } from '../jobs/scratch-space.js';
import { formOf, operationOf, outputSize } from './edit-graph.js';
import { EditLimits } from './edit-limits.js';
import { type EditHold, EditPlaces } from './edit-place.js';
import { EditSources, type SourcePlace } from './edit-sources.js';
import { spanOf } from './edit-span.js';
import { editContentType, type RenderedEdit, renderEdit } from './render-edit.js';

export interface EditAttempt {
  signal: AbortSignal;
  onProgress: (percent: number) => void;
}

/** One attempt to make the bytes of a media that is an edit. */
@Injectable()
export class EditMaker {
  constructor(
    private readonly sources: EditSources,
    private readonly places: EditPlaces,
    private readonly scratch: ScratchSpace,
    private readonly store: ObjectStore,
    private readonly commits: MediaCommitService,
    private readonly tools: MediaTools,
    private readonly limits: EditLimits,
  ) {}

  /**
   * Makes the video and gives it to the media that waits for it; when it rejects nothing of it is left.
   * @throws EDIT_*, VIDEO_*, IMAGE_*, QUOTA_EXCEEDED, RESERVATION_LOST, UPLOAD_EXPIRED, the signal's reason
   */
  async make(media: Media, plan: EditPlan, attempt: EditAttempt): Promise<void> {
    const { id, generation, ownerId, orgId } = media;
    await this.places.use(id, { userId: ownerId, orgId }, (hold) =>
      this.scratch.use(async (workDir) => {
        const edit = await this.render(plan, { workDir, signal: attempt.signal }, attempt);
        await this.keep({ id, generation }, { edit, hold, signal: attempt.signal });
      }),
    );
  }

  private render(
    { sources: ids, operations }: EditPlan,
    place: SourcePlace,
    { onProgress }: EditAttempt,
  ): Promise<RenderedEdit> {
    return this.sources.films(ids, place, async (sources) => {
      const spans = sources.map(({ durationMs }) => spanOf(durationMs / 1000, operations));
      const [first] = sources;
      if (!first) throw new Error('an edit has a source');
      const frame = outputSize(formOf(first), operations);
      const mark = operationOf(operations, 'watermark');
      const width = Math.round(frame.width * (mark?.scale ?? 0));
      const watermarkPath = mark && (await this.sources.watermark({ id: mark.mediaId, width, frame }, place));
      const { video: settings, maxFileBytes } = this.limits;
      const { workDir: outDir, signal } = place;
      const request = { sources, spans, operations, watermarkPath, outDir, settings, maxFileBytes };
      return renderEdit(this.tools, { ...request, signal, onProgress });
    });
  }

  private async keep(
    run: { id: string; generation: number },
    { edit, hold, signal }: { edit: RenderedEdit; hold: EditHold; signal: AbortSignal },
  ): Promise<void> {
    const { path, sizeBytes } = edit;
    await hold.claim(sizeBytes);
    const hash = createHash('sha256');
    await pipeline(createReadStream(path), hash, { signal });
    await this.store.put(hold.key, createReadStream(path), { contentType: editContentType, signal });
    const facts = { contentType: editContentType, kind: 'video', sizeBytes, rename: null } as const;
    const bytes = { ...facts, attemptId: hold.attemptId, sha256: hash.digest('hex') };
    if (!(await this.commits.arrive(run, bytes, () => Promise.resolve()))) await hold.discard();
  }
}
