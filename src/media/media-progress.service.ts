import { Injectable, type MessageEvent } from '@nestjs/common';
import { Observable } from 'rxjs';
import type { Principal } from '../auth/index.js';
import { Lifecycle } from '../common/index.js';
import { type MediaChange, MediaChanges } from '../events/index.js';
import { MediaAccess } from './media-access.js';
import { unfinishedStatuses } from './media-status.js';

/** Proxies close silent connections after 30 to 60 s. */
const HEARTBEAT_MS = 15_000;

/** The life of one media as a stream of events. */
@Injectable()
export class MediaProgressService {
  constructor(
    private readonly access: MediaAccess,
    private readonly changes: MediaChanges,
    private readonly lifecycle: Lifecycle,
  ) {}

  /**
   * Where the media stands now, then every change from whichever process, until it is ready, failed,
   * quarantined or deleted, or this instance shuts down: clients then reconnect to another.
   * @throws MEDIA_NOT_FOUND before the stream begins
   */
  async watch(principal: Principal | null, mediaId: string): Promise<Observable<MessageEvent>> {
    const { id } = await this.access.readable(principal, mediaId);
    return new Observable((subscriber) => {
      const emit = (change: MediaChange): void => {
        subscriber.next(toMessage(change));
        if (isOver(change)) subscriber.complete();
      };
      const emitCurrent = (): void => {
        this.snapshot(principal, id).then(emit, () => subscriber.complete());
      };
      const stops = [
        this.changes.onChange((change) => {
          if (change.id === id) emit(change);
        }),
        this.changes.onGap(emitCurrent),
      ];
      const end = (): void => subscriber.complete();
      this.lifecycle.signal.addEventListener('abort', end);
      const heartbeat = setInterval(() => subscriber.next({ type: 'heartbeat', data: {} }), HEARTBEAT_MS);
      // Read after listening began, so that no change falls between the two.
      emitCurrent();
      return () => {
        clearInterval(heartbeat);
        this.lifecycle.signal.removeEventListener('abort', end);
        for (const stop of stops) stop();
      };
    });
  }

  private async snapshot(principal: Principal | null, id: string): Promise<MediaChange> {
    const { status, progress, failureCode, deletedAt } = await this.access.readable(principal, id);
    return { id, status, progress, failureCode, deleted: deletedAt !== null };
  }
}

function isOver({ status, deleted }: MediaChange): boolean {
  return deleted || !unfinishedStatuses.some((unfinished) => unfinished === status);
}

function toMessage({ id, status, progress, failureCode, deleted }: MediaChange): MessageEvent {
  return {
    type: deleted ? 'deleted' : 'status',
    data: { id, status, progress, failure: failureCode === null ? null : { code: failureCode } },
  };
}
