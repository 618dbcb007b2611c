import { imageErrors } from '../../image.errors.js';

/** The wall clock of a whole transform, over all its pipelines. */
export class Deadline {
  private readonly endsAt: number;

  constructor(seconds: number) {
    this.endsAt = performance.now() + seconds * 1000;
  }

  /**
   * Whole seconds that are left, for the next pipeline: at least one.
   * @throws IMAGE_TIMEOUT when there are none
   */
  left(): number {
    const ms = this.endsAt - performance.now();
    if (ms <= 0) throw imageErrors.IMAGE_TIMEOUT();
    return Math.ceil(ms / 1000);
  }
}
