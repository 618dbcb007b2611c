import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { type MediaChange, MediaChanges, type UploadChange, UploadChanges } from '../../events/index.js';

export interface Follower {
  mediaChanged(change: MediaChange): void;
  uploadChanged(change: UploadChange): void;
  /** Changes may have been missed. */
  missed(): void;
}

/** Hands every change to those who follow its id: a thousand streams cost a change no more than one. */
@Injectable()
export class ProgressFeed implements OnModuleInit, OnModuleDestroy {
  private readonly followers = new Map<string, Set<Follower>>();
  private stopListening: (() => void)[] = [];

  constructor(
    private readonly media: MediaChanges,
    private readonly uploads: UploadChanges,
  ) {}

  onModuleInit(): void {
    this.stopListening = [
      this.media.onChange((change) => this.of(change.id).forEach((one) => one.mediaChanged(change))),
      this.uploads.onChange((change) => this.of(change.id).forEach((one) => one.uploadChanged(change))),
      this.media.onGap(() => {
        for (const id of this.followers.keys()) this.of(id).forEach((one) => one.missed());
      }),
    ];
  }

  onModuleDestroy(): void {
    for (const stop of this.stopListening) stop();
  }

  /** @returns the way to stop following */
  follow(id: string, follower: Follower): () => void {
    const members = this.followers.get(id) ?? new Set();
    this.followers.set(id, members.add(follower));
    return () => {
      members.delete(follower);
      if (members.size === 0 && this.followers.get(id) === members) this.followers.delete(id);
    };
  }

  private of(id: string): readonly Follower[] {
    return [...(this.followers.get(id) ?? [])];
  }
}
