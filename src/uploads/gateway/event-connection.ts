import type { Subscription } from 'rxjs';
import type { WebSocket } from 'ws';
import type { Principal } from '../../auth/index.js';
import { type DomainError, toDomainError } from '../../common/index.js';
import { LatestDelivery } from '../progress/latest-delivery.js';
import type { ProgressEvent } from '../progress/progress-event.js';
import { progressErrors } from '../progress/progress.errors.js';
import type { ProgressService } from '../progress/progress.service.js';
import type { Subject } from '../progress/standings.js';
import { type ClientMessage, parseClientMessage } from './client-message.js';

const MAX_SUBSCRIPTIONS = 100;

/** One WebSocket and what it has subscribed to. Messages are taken one at a time, the next when the last is answered. */
export class EventConnection {
  /** By id: an upload and the media that it becomes are one. */
  private readonly subscriptions = new Map<string, Subscription>();
  private work: Promise<void> = Promise.resolve();
  private queued = 0;

  constructor(
    private readonly client: WebSocket,
    private readonly principal: Principal,
    private readonly progress: ProgressService,
  ) {}

  /** Begins to listen. */
  open(): void {
    this.client.on('message', (data: Buffer, isBinary) => this.queue(isBinary ? '' : data.toString()));
    this.client.on('close', () => {
      for (const subscription of this.subscriptions.values()) subscription.unsubscribe();
      this.subscriptions.clear();
    });
  }

  /** Nothing more is read from the socket until all that came has been answered. */
  private queue(text: string): void {
    this.queued += 1;
    this.client.pause();
    this.work = this.takeAfter(this.work, text);
  }

  private async takeAfter(earlier: Promise<void>, text: string): Promise<void> {
    await earlier;
    await this.take(text);
    this.queued -= 1;
    if (this.queued === 0) this.client.resume();
  }

  private async take(text: string): Promise<void> {
    let message: ClientMessage | null = null;
    try {
      message = parseClientMessage(text);
      if (message.event === 'subscribe') await this.subscribe(message.subject);
      else this.drop(message.subject.id);
    } catch (error) {
      await this.sendError(toDomainError(error), message?.subject);
    }
  }

  private async subscribe(subject: Subject): Promise<void> {
    if (this.subscriptions.has(subject.id)) return;
    if (this.subscriptions.size >= MAX_SUBSCRIPTIONS) throw progressErrors.EVENT_SUBSCRIPTIONS_EXCEEDED();
    await this.progress.assertVisible(this.principal, subject);
    if (this.client.readyState !== this.client.OPEN) return;
    const delivery = new LatestDelivery<ProgressEvent>(
      (event) => this.send(event),
      () => this.drop(subject.id),
    );
    const subscription = this.progress.follow(this.principal, subject).subscribe({
      next: (event) => delivery.push(event),
      complete: () => delivery.end(),
      error: (error: unknown) => {
        this.drop(subject.id);
        void this.sendError(toDomainError(error), subject);
      },
    });
    this.subscriptions.set(subject.id, subscription);
  }

  private drop(id: string): void {
    this.subscriptions.get(id)?.unsubscribe();
    this.subscriptions.delete(id);
  }

  private sendError({ code, status, message }: DomainError, subject?: Subject): Promise<void> {
    const about = subject && { [`${subject.kind}Id`]: subject.id };
    return this.send({ event: 'error', data: { code, status, detail: message, ...about } });
  }

  /** Resolves when the socket has taken it; a client that is gone has taken everything. */
  private send(message: object): Promise<void> {
    return new Promise((resolve) => {
      this.client.send(JSON.stringify(message), () => resolve());
    });
  }
}
