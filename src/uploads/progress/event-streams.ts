import { Inject, Injectable } from '@nestjs/common';
import { type EventsConfig, eventsConfig } from '../../config/index.js';
import { progressErrors } from './progress.errors.js';

const headers = { 'Retry-After': '5' };

/** Bounds how many event streams and WebSocket connections this process keeps open, in all and per caller. */
@Injectable()
export class EventStreams {
  private open = 0;
  private readonly perCaller = new Map<string, number>();

  constructor(@Inject(eventsConfig.KEY) private readonly config: EventsConfig) {}

  /**
   * Takes a place.
   * @param caller a user, or an address when there is none
   * @returns the way to give it back; may be called twice
   * @throws EVENT_STREAMS_BUSY, EVENT_STREAMS_EXCEEDED
   */
  take(caller: string): () => void {
    const own = this.perCaller.get(caller) ?? 0;
    if (own >= this.config.maxStreamsPerCaller)
      throw progressErrors.EVENT_STREAMS_EXCEEDED(undefined, { headers });
    if (this.open >= this.config.maxStreams) throw progressErrors.EVENT_STREAMS_BUSY(undefined, { headers });
    this.open += 1;
    this.perCaller.set(caller, own + 1);
    let taken = true;
    return () => {
      if (taken) this.giveBack(caller);
      taken = false;
    };
  }

  private giveBack(caller: string): void {
    this.open -= 1;
    const left = (this.perCaller.get(caller) ?? 1) - 1;
    if (left === 0) this.perCaller.delete(caller);
    else this.perCaller.set(caller, left);
  }
}

/** The caller whose places are counted. */
export function callerOf(principal: { userId: string } | null, address: string): string {
  return principal ? `user:${principal.userId}` : `address:${address}`;
}
