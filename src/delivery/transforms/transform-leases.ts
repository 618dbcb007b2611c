import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { newId } from '../../common/index.js';
import { Database } from '../../database/index.js';
import { TransformEnds } from '../../events/index.js';

/** A holder that is silent for this long is taken for dead. */
const LEASE_SECONDS = 10;
const RENEWAL_MS = 3000;
/** Ends are told; this is for those that are missed, and for holders that died. */
const POLL_MS = 1000;

/** A transform of a media: what one process of the cluster makes while the others wait. */
export interface TransformKey {
  mediaId: string;
  /** Of the canonical transform. */
  hash: string;
}

export interface TransformLease {
  /** Lets go, and tells those who wait. Never fails. */
  release(): Promise<void>;
}

/**
 * Who makes which transform, across processes. A lease only saves work: whoever has lost one without noticing writes
 * its bytes under a prefix of its own, and of two who finish the first alone makes the row.
 */
@Injectable()
export class TransformLeases implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(TransformLeases.name);
  private readonly waiters = new Map<string, Set<() => void>>();
  private stopListening: () => void = () => undefined;

  constructor(
    private readonly database: Database,
    private readonly ends: TransformEnds,
  ) {}

  onModuleInit(): void {
    this.stopListening = this.ends.onEnd(({ mediaId, name }) => {
      for (const wake of this.waiters.get(`${mediaId}/${name}`) ?? []) wake();
    });
  }

  onModuleDestroy(): void {
    this.stopListening();
  }

  /** The lease, or null when a live process has it: that one will then tell of its end. */
  async take({ mediaId, hash }: TransformKey): Promise<TransformLease | null> {
    const token = newId();
    const rows = await this.database.unit().execute<{ token: string }[]>(
      `insert into transform_lease as lease (media_id, name, token, expires_at)
       values (?, ?, ?, now() + make_interval(secs => ?))
       on conflict (media_id, name) do update set
         wanted = lease.expires_at >= now(),
         token = case when lease.expires_at < now() then excluded.token else lease.token end,
         expires_at = case when lease.expires_at < now() then excluded.expires_at else lease.expires_at end
       returning token`,
      [mediaId, hash, token, LEASE_SECONDS],
    );
    return rows[0]?.token === token ? this.hold({ mediaId, hash }, token) : null;
  }

  /**
   * Waits until whoever holds the lease is done, or may be: ask again then.
   * @param attempt what to do after one began to listen, so that no end is missed in between
   * @returns what the attempt gave, as soon as it is not null
   * @throws the reason of the signal
   */
  async until<T>(key: TransformKey, signal: AbortSignal, attempt: () => Promise<T | null>): Promise<T> {
    for (;;) {
      const end = this.listen(key);
      try {
        signal.throwIfAborted();
        const result = await attempt();
        if (result !== null) return result;
        await Promise.race([end.told, sleep(POLL_MS, undefined, { signal, ref: false })]);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        throw error;
      } finally {
        end.stop();
      }
    }
  }

  /** Forgets leases of processes that died, when nobody asked for the same again. */
  async sweep(): Promise<void> {
    await this.database
      .unit()
      .execute(`delete from transform_lease where expires_at < now() - interval '1 hour'`, [], 'run');
  }

  private hold(key: TransformKey, token: string): TransformLease {
    const renewal = setInterval(() => {
      this.renew(key, token).catch((error: unknown) => {
        this.logger.warn({ err: error, ...key }, 'a lease could not be renewed');
      });
    }, RENEWAL_MS);
    return {
      release: async () => {
        clearInterval(renewal);
        // One that can not be given back runs out: what was made with it is there all the same.
        await this.release(key, token).catch((error: unknown) => {
          this.logger.warn({ err: error, ...key }, 'a lease could not be given back');
        });
      },
    };
  }

  private async renew({ mediaId, hash }: TransformKey, token: string): Promise<void> {
    await this.database.unit().execute(
      `update transform_lease set expires_at = now() + make_interval(secs => ?)
       where media_id = ? and name = ? and token = ?`,
      [LEASE_SECONDS, mediaId, hash, token],
      'run',
    );
  }

  /** NOTIFY makes commits wait for one another: only those who wait are told. */
  private async release({ mediaId, hash }: TransformKey, token: string): Promise<void> {
    await this.database.unit().execute(
      `with gone as (
         delete from transform_lease where media_id = ? and name = ? and token = ? returning media_id, name, wanted)
       select pg_notify('transform_done', json_build_object('mediaId', media_id, 'name', name)::text)
         from gone where wanted`,
      [mediaId, hash, token],
    );
  }

  private listen({ mediaId, hash }: TransformKey): { told: Promise<void>; stop: () => void } {
    const name = `${mediaId}/${hash}`;
    const { promise: told, resolve } = Promise.withResolvers<void>();
    const members = this.waiters.get(name) ?? new Set();
    this.waiters.set(name, members.add(resolve));
    return {
      told,
      stop: () => {
        members.delete(resolve);
        if (members.size === 0 && this.waiters.get(name) === members) this.waiters.delete(name);
      },
    };
  }
}
