import { Injectable } from '@nestjs/common';
import { ChangeFeed } from './change-feed.js';

/** What became of an upload session in a committed transaction, as its trigger tells it. */
export interface UploadChange {
  id: string;
  /** Bytes that are durable. */
  offset: number | null;
  /** Null while it is not known. */
  size: number | null;
  state: string | null;
  failureCode: string | null;
  /** Another request waits for whoever writes to let go. */
  leaseWanted: boolean;
  leaseFree: boolean;
  /** Of the holder at the time. */
  leaseToken: number | null;
  deleted: boolean;
}

/** Every committed change of an upload session; see ChangeFeed. */
@Injectable()
export class UploadChanges {
  constructor(private readonly feed: ChangeFeed) {}

  /** @returns the way to stop listening */
  onChange(listener: (change: UploadChange) => void): () => void {
    return this.feed.on('upload_changed', (payload) => listener(payload as UploadChange));
  }

  /** Called when changes may have been missed. */
  onGap(listener: () => void): () => void {
    return this.feed.onGap(listener);
  }
}
