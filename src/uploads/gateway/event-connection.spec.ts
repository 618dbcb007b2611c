import { EventEmitter } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Subject } from 'rxjs';
import type { WebSocket } from 'ws';
import type { ProgressEvent } from '../progress/progress-event.js';
import type { ProgressService } from '../progress/progress.service.js';
import { EventConnection } from './event-connection.js';

const id = '01990000-0000-7000-8000-000000000000';
const subscribe = Buffer.from(JSON.stringify({ event: 'subscribe', data: { mediaId: id } }));
const processing = (progress: number): ProgressEvent => ({
  event: 'processing',
  data: { id, progress, playable: false },
});

/** A socket whose peer reads when it is told to. */
class SlowSocket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  paused = false;
  readonly sent: string[] = [];
  private readonly unread: (() => void)[] = [];

  send(text: string, done: () => void): void {
    this.sent.push(text);
    this.unread.push(done);
  }
  pause(): void {
    this.paused = true;
  }
  resume(): void {
    this.paused = false;
  }
  async read(): Promise<void> {
    for (const done of this.unread.splice(0)) done();
    await turn();
  }
}

describe('a connection', () => {
  let socket: SlowSocket;
  let events: Subject<ProgressEvent>;

  beforeEach(() => {
    socket = new SlowSocket();
    events = new Subject();
    const progress = { assertVisible: async () => undefined, follow: () => events };
    const principal = { userId: 'alice', orgId: null, scopes: new Set<never>() };
    new EventConnection(
      socket as unknown as WebSocket,
      principal,
      progress as unknown as ProgressService,
    ).open();
  });

  it('sends a peer that does not read the latest state alone', async () => {
    socket.emit('message', subscribe, false);
    await turn();
    for (let progress = 0; progress <= 50; progress += 1) events.next(processing(progress));
    events.next({ event: 'ready', data: { id } });
    events.complete();
    expect(socket.sent).toEqual([JSON.stringify(processing(0))]);
    await socket.read();
    expect(socket.sent.slice(1)).toEqual([JSON.stringify({ event: 'ready', data: { id } })]);
  });

  it('reads on only when what came is answered', async () => {
    for (const text of ['a', 'b']) socket.emit('message', Buffer.from(text), false);
    await turn();
    expect([socket.sent.length, socket.paused]).toEqual([1, true]);
    await socket.read();
    expect([socket.sent.length, socket.paused]).toEqual([2, true]);
    await socket.read();
    expect(socket.paused).toBe(false);
  });

  it('follows nothing once it is closed', async () => {
    socket.emit('message', subscribe, false);
    await turn();
    expect(events.observed).toBe(true);
    socket.emit('close');
    expect(events.observed).toBe(false);
  });

  it('may follow again what it has seen the end of', async () => {
    socket.emit('message', subscribe, false);
    await turn();
    events.complete();
    events = new Subject();
    socket.emit('message', subscribe, false);
    await turn();
    expect(events.observed).toBe(true);
  });
});
