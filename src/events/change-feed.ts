import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import pg from 'pg';
import { DATABASE_URL } from '../database/index.js';

const RECONNECT_MS = 1000;

const channels = ['media_changed', 'upload_changed', 'transform_done'] as const;
export type Channel = (typeof channels)[number];

/**
 * What triggers tell of committed changes, from whichever process, by PostgreSQL's LISTEN and NOTIFY on one
 * connection. While it is down changes can be missed: `onGap` listeners are told, and read again.
 */
@Injectable()
export class ChangeFeed implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(ChangeFeed.name);
  private readonly listeners = new Map<Channel, Set<(payload: unknown) => void>>(
    channels.map((channel) => [channel, new Set()]),
  );
  private readonly gapListeners = new Set<() => void>();
  private client: pg.Client | null = null;
  private readonly lost = new WeakSet<pg.Client>();
  private reconnect: NodeJS.Timeout | null = null;
  private stopped = false;

  constructor(@Inject(DATABASE_URL) private readonly url: string) {}

  /** @returns the way to stop listening */
  on(channel: Channel, listener: (payload: unknown) => void): () => void {
    const members = this.listeners.get(channel);
    members?.add(listener);
    return () => members?.delete(listener);
  }

  /** Called when changes may have been missed: at each lost connection and again when it is back. */
  onGap(listener: () => void): () => void {
    this.gapListeners.add(listener);
    return () => this.gapListeners.delete(listener);
  }

  /** False while changes may be missed. */
  get live(): boolean {
    return this.client !== null;
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.connect();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    if (this.reconnect) clearTimeout(this.reconnect);
    const client = this.client;
    this.client = null;
    await client?.end();
  }

  private async connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.url,
      keepAlive: true,
      connectionTimeoutMillis: 5000,
    });
    client.on('error', (error) => this.lose(client, error));
    client.on('end', () => this.lose(client, new Error('connection ended')));
    client.on('notification', ({ channel, payload }) => {
      if (payload) this.tell(channel as Channel, JSON.parse(payload));
    });
    try {
      await client.connect();
      await client.query(channels.map((channel) => `listen ${channel}`).join('; '));
    } catch (error) {
      this.lose(client, error);
      return;
    }
    if (this.stopped) {
      await client.end();
      return;
    }
    this.client = client;
    for (const listener of this.gapListeners) listener();
  }

  private tell(channel: Channel, payload: unknown): void {
    for (const listener of this.listeners.get(channel) ?? []) listener(payload);
  }

  private lose(client: pg.Client, error: unknown): void {
    // A client tells of its end more than once, the last time perhaps long after the next has connected.
    if (this.stopped || this.lost.has(client)) return;
    this.lost.add(client);
    if (this.client === client) {
      this.client = null;
      for (const listener of this.gapListeners) listener();
    }
    this.logger.warn({ err: error }, 'listening for changes was interrupted');
    client.end().catch(() => undefined);
    this.reconnect = setTimeout(() => {
      this.reconnect = null;
      void this.connect();
    }, RECONNECT_MS);
  }
}
