import { Injectable } from '@nestjs/common';
import { ChangeFeed } from './change-feed.js';

/** What became of a media in a committed transaction, as its trigger tells it. */
export interface MediaChange {
  id: string;
  status: string | null;
  /** Percent of the processing that is done. */
  progress: number | null;
  /** A player can begin, at the start of what there is. */
  playable: boolean | null;
  failureCode: string | null;
  /** Rises with every reprocess. */
  generation: number | null;
  visibility: string | null;
  /** In the trash, or gone. */
  deleted: boolean;
}

export type ChangeListener = (change: MediaChange) => void;

/** Every committed change of a media; see ChangeFeed. */
@Injectable()
export class MediaChanges {
  constructor(private readonly feed: ChangeFeed) {}

  /** @returns the way to stop listening */
  onChange(listener: ChangeListener): () => void {
    return this.feed.on('media_changed', (payload) => listener(payload as MediaChange));
  }

  /** Called when changes may have been missed. */
  onGap(listener: () => void): () => void {
    return this.feed.onGap(listener);
  }

  /** False while changes may be missed. */
  get live(): boolean {
    return this.feed.live;
  }
}
