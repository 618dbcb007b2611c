import { Inject, Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { type AppConfig, appConfig } from '../../config/index.js';
import { sweepScratch, withScratch } from '../ffmpeg/index.js';

const HOUR_MS = 3_600_000;

/** Private directories for jobs and transforms. What killed processes left is removed at start and hourly. */
@Injectable()
export class ScratchSpace implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(ScratchSpace.name);
  private timer: NodeJS.Timeout | null = null;

  constructor(@Inject(appConfig.KEY) private readonly config: AppConfig) {}

  async onModuleInit(): Promise<void> {
    await sweepScratch(this.config.scratchDir);
    this.timer = setInterval(() => {
      sweepScratch(this.config.scratchDir).catch((error: unknown) => {
        this.logger.warn({ err: error }, 'old scratch directories could not be removed');
      });
    }, HOUR_MS);
  }

  onModuleDestroy(): void {
    if (this.timer) clearInterval(this.timer);
  }

  /** Runs work with an empty directory of its own, which is gone afterwards however the work ends. */
  use<T>(work: (directory: string) => Promise<T>): Promise<T> {
    return withScratch(this.config.scratchDir, work);
  }
}
