import type { ServerResponse } from 'node:http';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { MessageEvent } from '@nestjs/common';
import { Subject } from 'rxjs';
import { Lifecycle } from '../../common/index.js';
import { eventually } from '../../../test/support/eventually.js';
import { EventStreams } from './event-streams.js';
import type { ProgressEvent } from './progress-event.js';
import type { ProgressService } from './progress.service.js';
import { SseService } from './sse.service.js';

const id = '01990000-0000-7000-8000-000000000000';
const config = { maxStreams: 1, maxStreamsPerCaller: 1, heartbeatMs: 30 };
const processing = (progress: number): ProgressEvent => ({
  event: 'processing',
  data: { id, progress, playable: false },
});

/** The response to a client that reads when it is told to. */
class SlowResponse extends Writable {
  read: () => void = () => undefined;

  constructor() {
    super({ highWaterMark: 1 });
  }

  override _write(_chunk: Buffer, _encoding: string, done: () => void): void {
    this.read = done;
  }
}

describe('a stream to a client that does not read', () => {
  let events: Subject<ProgressEvent>;
  let response: SlowResponse;
  let sent: MessageEvent[];
  let completed: boolean;

  beforeEach(async () => {
    events = new Subject();
    response = new SlowResponse();
    sent = [];
    completed = false;
    const progress = { assertVisible: async () => undefined, follow: () => events };
    const service = new SseService(
      progress as unknown as ProgressService,
      new EventStreams(config),
      new Lifecycle(),
      config,
    );
    const listener = { principal: null, address: '', response: response as unknown as ServerResponse };
    const stream = await service.open({ kind: 'media', id }, listener);
    const subscription = stream.subscribe({
      next: (message) => {
        if (message.type === 'heartbeat' || message.retry !== undefined) return;
        sent.push(message);
        response.write('x');
      },
      complete: () => {
        completed = true;
      },
    });
    response.on('close', () => subscription.unsubscribe());
  });
  afterEach(() => {
    response.destroy();
  });

  it('keeps the latest state alone for it', async () => {
    for (let progress = 0; progress <= 50; progress += 1) events.next(processing(progress));
    events.next({ event: 'ready', data: { id } });
    events.complete();
    await sleep(20);
    expect(sent.map(({ type }) => type)).toEqual(['processing']);
    response.read();
    await eventually(() => expect(sent.map(({ type }) => type)).toEqual(['processing', 'ready']));
    expect(completed).toBe(false);
    response.read();
    await eventually(() => expect(completed).toBe(true));
  });

  it('is given up after some heartbeats', async () => {
    events.next(processing(1));
    await eventually(() => expect(response.destroyed).toBe(true));
    await eventually(() => expect(events.observed).toBe(false));
  });
});
