import { Logger } from '@nestjs/common';

/** As often as clients are told. */
const INTERVAL_MS = 1000;

/** Looks once a second how far a fetch is, and tells of it when that has changed. */
export class ImportProgress {
  private readonly logger = new Logger(ImportProgress.name);
  private readonly timer: NodeJS.Timeout;
  private told = 0;
  private current: Promise<void> | null = null;

  /**
   * @param received bytes so far
   * @param parts.tell notes them; a report that is lost does no harm
   * @param parts.alive called each time, whether bytes came or not
   */
  constructor(
    private readonly received: () => number,
    private readonly parts: { tell(bytes: number): Promise<void>; alive(): Promise<void> },
  ) {
    this.timer = setInterval(() => {
      this.current ??= this.look().finally(() => {
        this.current = null;
      });
    }, INTERVAL_MS);
  }

  /** Resolves when nothing more is told. */
  async end(): Promise<void> {
    clearInterval(this.timer);
    await this.current;
  }

  private async look(): Promise<void> {
    try {
      const bytes = this.received();
      if (bytes !== this.told) await this.parts.tell(bytes);
      this.told = bytes;
      await this.parts.alive();
    } catch (error) {
      this.logger.warn({ err: error }, 'the progress of an import could not be noted');
    }
  }
}
