import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { newId } from '../../common/index.js';
import { Database } from '../../database/index.js';
import { TransformEnds } from '../../events/index.js';
import { variantPrefix } from '../../storage/index.js';
import type { StoredTransform } from './stored-transform.js';
import { TransformIndex } from './transform-index.js';
import { LEASE_SECONDS, type TransformKey, TransformLease } from './transform-lease.js';
import { storedOf, type TransformRow, transformColumns } from './transform-row.js';

/** Ends are told; this is for those that are missed, and for holders that died. */
const POLL_MS = 1000;
/** Until what is written with a lease may be swept: longer than the longest wait and a transform together. */
const UNKEPT_MS = 30 * 60_000;

/** What was made already, or the right to make it. */
export type Turn = { known: StoredTransform } | { lease: TransformLease };

/** Media, hash, token, seconds, prefix, when that may be swept. */
const takeStatement = {
  name: 'transform-leases.take',
  text: `with known as (
       select ${transformColumns} from variant where media_id = $1::uuid and name = $2::text and kind = 'transform'
     ), held as (
       select 1 from transform_lease where media_id = $1::uuid and name = $2::text
     ), taken as (
       insert into transform_lease as lease (media_id, name, token, expires_at)
       select $1::uuid, $2::text, $3::uuid, now() + make_interval(secs => $4) where not exists (select from known)
       on conflict (media_id, name) do update set
         wanted = lease.expires_at >= now(),
         token = case when lease.expires_at < now() then excluded.token else lease.token end,
         expires_at = case when lease.expires_at < now() then excluded.expires_at else lease.expires_at end
       returning token
     ), ledger as (
       insert into pending_deletion (prefix, due_at)
       select $5::text, $6::timestamptz from taken where token = $3::uuid
     )
     select exists (select from held) as contended, (select token from taken) as token, known.*
       from (select) as always left join known on true`,
};

/**
 * Who makes which transform, across processes. A lease only saves work: whoever has lost one without noticing writes
 * its bytes under a prefix of its own, and of two who finish the first alone makes the row.
 */
@Injectable()
export class TransformLeases implements OnModuleInit, OnModuleDestroy {
  private readonly waiters = new Map<string, Set<() => void>>();
  private stopListening: () => void = () => undefined;

  constructor(
    private readonly database: Database,
    private readonly ends: TransformEnds,
    private readonly index: TransformIndex,
  ) {}

  onModuleInit(): void {
    this.stopListening = this.ends.onEnd(({ mediaId, name }) => {
      for (const wake of this.waiters.get(`${mediaId}/${name}`) ?? []) wake();
    });
  }

  onModuleDestroy(): void {
    this.stopListening();
  }

  /**
   * The transform if it is there, else the lease, with which a prefix is put into the ledger; null when a live process
   * has it: that one will then tell of its end.
   *
   * One statement, for a round trip to the database costs as much as a hundredth of a transform.
   */
  async take(key: TransformKey): Promise<Turn | null> {
    const { mediaId, hash } = key;
    const token = newId();
    const prefix = variantPrefix(mediaId, newId());
    const [row] = await this.database.run<TurnRow>(takeStatement, [
      mediaId,
      hash,
      token,
      LEASE_SECONDS,
      prefix,
      new Date(Date.now() + UNKEPT_MS),
    ]);
    if (row && isKnown(row)) return { known: storedOf(row) };
    if (row?.token !== token) return null;
    const lease = new TransformLease(this.database, { key, token, prefix });
    return row.contended ? this.unlessDone(lease) : { lease };
  }

  /**
   * As `take`, for as long as another process is at it.
   * @throws the reason of the signal
   */
  async wait(key: TransformKey, signal: AbortSignal): Promise<Turn> {
    for (;;) {
      // Before the attempt, so that no end is missed in between.
      const end = this.listen(key);
      try {
        signal.throwIfAborted();
        const turn = await this.take(key);
        if (turn) return turn;
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

  /** The statement does not see what the holder before has committed while it ran. */
  private async unlessDone(lease: TransformLease): Promise<Turn> {
    let known: StoredTransform | null = null;
    try {
      known = await this.index.read(lease.terms.key);
    } catch (error) {
      await lease.release();
      throw error;
    }
    if (known === null) return { lease };
    await lease.release();
    return { known };
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

/** Of a transform that is not there all its columns are null. */
type TurnRow = {
  /** Somebody had the lease, dead or alive. */
  contended: boolean;
  token: string | null;
} & (TransformRow | { id: null });

function isKnown(row: TurnRow): row is TurnRow & TransformRow {
  return row.id !== null;
}
