import { Inject, Injectable } from '@nestjs/common';
import { type StorageConfig, storageConfig } from '../config/index.js';
import { ObjectStore } from '../storage/index.js';

/** Where the page's player gets segments from. */
@Injectable()
export class MediaOrigin {
  private origin: string | null = null;

  constructor(
    private readonly store: ObjectStore,
    @Inject(storageConfig.KEY) private readonly config: StorageConfig,
  ) {}

  /** Null: from this service. */
  async find(): Promise<string | null> {
    if (!this.config.presignSegments || !this.store.canPresign) return null;
    this.origin ??= new URL(await this.store.presignGet('any', { expiresInSeconds: 60 })).origin;
    return this.origin;
  }
}
