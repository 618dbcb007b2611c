import type { ServerResponse } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { Inject, Injectable, type MessageEvent } from '@nestjs/common';
import { Observable } from 'rxjs';
import type { Principal } from '../../auth/index.js';
import { Lifecycle } from '../../common/index.js';
import { type EventsConfig, eventsConfig } from '../../config/index.js';
import { callerOf, EventStreams } from './event-streams.js';
import { LatestDelivery } from './latest-delivery.js';
import type { ProgressEvent } from './progress-event.js';
import { ProgressService } from './progress.service.js';
import type { Subject } from './standings.js';

/** What an EventSource waits before it connects again. */
const RECONNECT_MS = 2000;
/** A reader that has taken nothing for so many heartbeats holds its place for nothing. */
const STALLED_HEARTBEATS = 4;

/** Who listens, and where. */
export interface Listener {
  principal: Principal | null;
  /** The caller's, when there is no principal. */
  address: string;
  response: ServerResponse;
}

/** Progress as Server-Sent Events. */
@Injectable()
export class SseService {
  constructor(
    private readonly progress: ProgressService,
    private readonly streams: EventStreams,
    private readonly lifecycle: Lifecycle,
    @Inject(eventsConfig.KEY) private readonly config: EventsConfig,
  ) {}

  /**
   * The events of a subject until the last, or until this instance shuts down or can not say where it
   * stands: clients then connect again, and hear first where it stands, so ids of events mean nothing.
   * @throws MEDIA_NOT_FOUND, UPLOAD_NOT_FOUND; the stream errors with EVENT_STREAMS_* before its first byte
   */
  async open(subject: Subject, listener: Listener): Promise<Observable<MessageEvent>> {
    await this.progress.assertVisible(listener.principal, subject);
    return new Observable((subscriber) => {
      const { principal, address, response } = listener;
      // Nest answers an error that comes before the first byte as any other.
      subscriber.add(this.streams.take(callerOf(principal, address)));
      subscriber.next({ retry: RECONNECT_MS });
      const delivery = new LatestDelivery<ProgressEvent>(
        async ({ event, data }) => {
          subscriber.next({ type: event, data });
          await drained(response);
        },
        () => subscriber.complete(),
      );
      const end = (): void => delivery.end();
      subscriber.add(
        this.progress
          .follow(principal, subject)
          .subscribe({ next: (event) => delivery.push(event), complete: end, error: end }),
      );
      const heartbeat = setInterval(() => {
        if (delivery.busyMs === 0) subscriber.next({ type: 'heartbeat', data: {} });
        else if (delivery.busyMs > STALLED_HEARTBEATS * this.config.heartbeatMs) response.destroy();
      }, this.config.heartbeatMs);
      subscriber.add(() => clearInterval(heartbeat));
      const { signal } = this.lifecycle;
      const leave = (): void => subscriber.complete();
      signal.addEventListener('abort', leave);
      subscriber.add(() => signal.removeEventListener('abort', leave));
    });
  }
}

/** Resolves when the response takes more, or will never. */
async function drained(response: ServerResponse): Promise<void> {
  // What was just handed to Nest reaches the response in this turn.
  await turn();
  if (!response.writableNeedDrain || response.destroyed) return;
  await new Promise<void>((resolve) => {
    const settle = (): void => {
      response.off('drain', settle).off('close', settle);
      resolve();
    };
    response.on('drain', settle).on('close', settle);
  });
}
