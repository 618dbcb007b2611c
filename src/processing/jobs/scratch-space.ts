import { mkdir, statfs } from 'node:fs/promises';
import { Inject, Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { type AppConfig, appConfig, type ProcessingConfig, processingConfig } from '../../config/index.js';
import { sweepScratch, withScratch } from '../ffmpeg/index.js';
import { NotNow } from './not-now.js';

const HOUR_MS = 3_600_000;
/** When a job that found no room is tried again. */
const NO_ROOM_DELAY_MS = 30_000;

/** Private directories for jobs and transforms. What killed processes left is removed at start and hourly. */
@Injectable()
export class ScratchSpace implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(ScratchSpace.name);
  private timer: NodeJS.Timeout | null = null;

  constructor(
    @Inject(appConfig.KEY) private readonly config: AppConfig,
    @Inject(processingConfig.KEY) private readonly processing: ProcessingConfig,
  ) {}

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

  /**
   * To be called before a job that may need much of the disk: those that run shall be able to end.
   * @throws NotNow
   */
  async assertRoom(): Promise<void> {
    await mkdir(this.config.scratchDir, { recursive: true, mode: 0o700 });
    const { bavail, bsize } = await statfs(this.config.scratchDir);
    if (bavail * bsize < this.processing.minFreeBytes) {
      throw new NotNow('there is little room for temporary files', NO_ROOM_DELAY_MS);
    }
  }

  /** Runs work with an empty directory of its own, which is gone afterwards however the work ends. */
  use<T>(work: (directory: string) => Promise<T>): Promise<T> {
    return withScratch(this.config.scratchDir, work);
  }
}
