import type { Subscriber } from 'rxjs';
import { canRead, type Principal } from '../../auth/index.js';
import { DomainError } from '../../common/index.js';
import type { MediaChange, UploadChange } from '../../events/index.js';
import { eventOf, isLast, type ProgressEvent } from './progress-event.js';
import type { Follower } from './progress-feed.js';
import {
  afterMedia,
  afterUpload,
  type MediaStanding,
  mediaStanding,
  type Standing,
  uploadStanding,
} from './standing.js';

/** One caller who follows one upload or media: what is read and what is told, as one row of events. */
export class ProgressWatch implements Follower {
  private standing: Standing | null = null;
  private told = '';
  private reading = false;
  /** Something changed while it was being read. */
  private stale = false;

  constructor(
    private readonly principal: Principal | null,
    private readonly read: () => Promise<Standing>,
    private readonly out: Subscriber<ProgressEvent>,
  ) {}

  mediaChanged(change: MediaChange): void {
    this.advance((standing) => afterMedia(standing, this.asSeen(standing, mediaStanding(change))));
  }

  uploadChanged(change: UploadChange): void {
    this.advance((standing) => afterUpload(standing, uploadStanding(change)));
  }

  missed(): void {
    void this.refresh();
  }

  /** Reads where it stands, and again as long as that changes meanwhile. Errors end the watch. */
  async refresh(): Promise<void> {
    this.stale = true;
    if (this.reading) return;
    this.reading = true;
    try {
      while (this.stale && !this.out.closed) {
        this.stale = false;
        this.show(await this.read());
      }
    } catch (error) {
      this.giveUp(error);
    } finally {
      this.reading = false;
    }
  }

  private advance(step: (standing: Standing) => Standing | null): void {
    const next = this.standing && !this.reading ? step(this.standing) : null;
    if (next) this.show(next);
    else void this.refresh();
  }

  /** A media that may no longer be seen looks like one that is gone. */
  private asSeen({ ownerId, orgId }: Standing, media: MediaStanding): MediaStanding {
    const { visibility } = media;
    const visible = visibility !== null && canRead(this.principal, { ownerId, orgId, visibility });
    return { ...media, deleted: media.deleted || !visible };
  }

  private show(standing: Standing): void {
    this.standing = standing;
    const event = eventOf(standing);
    const told = JSON.stringify(event);
    if (told === this.told || this.out.closed) return;
    this.told = told;
    this.out.next(event);
    if (isLast(event)) this.out.complete();
  }

  private giveUp(error: unknown): void {
    const gone = this.standing !== null && error instanceof DomainError && error.status === 404;
    if (gone) {
      this.out.next({ event: 'deleted', data: { id: this.standing?.id ?? '' } });
      this.out.complete();
    } else this.out.error(error);
  }
}
