import { Injectable } from '@nestjs/common';
import { ChangeFeed } from './change-feed.js';

/** What a process tells when it is done with a transform that another one waits for. */
export interface TransformEnd {
  mediaId: string;
  name: string;
}

/** Ends of transforms that other processes wait for; see ChangeFeed. They can be missed: ask now and then besides. */
@Injectable()
export class TransformEnds {
  constructor(private readonly feed: ChangeFeed) {}

  /** @returns the way to stop listening */
  onEnd(listener: (end: TransformEnd) => void): () => void {
    return this.feed.on('transform_done', (payload) => listener(payload as TransformEnd));
  }
}
