import { Injectable } from '@nestjs/common';
import { Observable } from 'rxjs';
import type { Principal } from '../../auth/index.js';
import type { ProgressEvent } from './progress-event.js';
import { ProgressFeed } from './progress-feed.js';
import { ProgressWatch } from './progress-watch.js';
import { Standings, type Subject } from './standings.js';

/** What becomes of uploads and media, from whichever process, from the first byte until it is over. */
@Injectable()
export class ProgressService {
  constructor(
    private readonly standings: Standings,
    private readonly feed: ProgressFeed,
  ) {}

  /** @throws MEDIA_NOT_FOUND, UPLOAD_NOT_FOUND */
  async assertVisible(principal: Principal | null, subject: Subject): Promise<void> {
    await this.standings.read(principal, subject);
  }

  /**
   * Where it stands now, then every change; never the same twice in a row. Completes after the last event:
   * ready, failed, quarantined, refused, or deleted, which is also what becoming invisible looks like.
   * Errors when where it stands can not be found out.
   */
  follow(principal: Principal | null, subject: Subject): Observable<ProgressEvent> {
    return new Observable((subscriber) => {
      const read = () => this.standings.read(principal, subject);
      const watch = new ProgressWatch(principal, read, subscriber);
      const stop = this.feed.follow(subject.id, watch);
      // Read after following began, so that no change falls between the two.
      void watch.refresh();
      return stop;
    });
  }
}
