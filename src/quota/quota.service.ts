import { Inject, Injectable } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { Counter } from 'prom-client';
import type { EntityManager } from '@mikro-orm/postgresql';
import { uploadsConfig, type UploadsConfig } from '../config/index.js';
import { Database } from '../database/index.js';
import { QUOTA_REFUSALS } from '../metrics/index.js';
import { QuotaReservation } from './entities/quota-reservation.entity.js';
import { quotaErrors } from './quota.errors.js';
import { accountsOf, type QuotaOwner, QuotaRepository } from './quota.repository.js';

/**
 * Quota as a reservation: bytes are claimed before they arrive, become usage with the media's row and
 * are given back when the upload ends otherwise. Concurrent uploads cannot overshoot by one byte.
 */
@Injectable()
export class QuotaService {
  constructor(
    private readonly database: Database,
    private readonly repository: QuotaRepository,
    @Inject(uploadsConfig.KEY) private readonly config: UploadsConfig,
    @InjectMetric(QUOTA_REFUSALS) private readonly refusals: Counter,
  ) {}

  /**
   * Claims bytes for an upload in the caller's transaction.
   * @param id the id of the media that the upload will become
   * @throws QUOTA_EXCEEDED
   */
  async reserve(
    tx: EntityManager,
    id: string,
    { owner, bytes, expiresAt = this.expiry() }: { owner: QuotaOwner; bytes: number; expiresAt?: Date },
  ): Promise<void> {
    await this.claim(tx, owner, bytes);
    await tx.insert(QuotaReservation, {
      id,
      userId: owner.userId,
      orgId: owner.orgId,
      bytes,
      expiresAt,
      createdAt: new Date(),
    });
  }

  /**
   * Claims further bytes for a reservation and puts its expiry off; zero bytes only do the latter.
   * @throws QUOTA_EXCEEDED, and the reservation is as before
   * @throws RESERVATION_LOST when it expired
   */
  async extend(id: string, owner: QuotaOwner, bytes: number): Promise<void> {
    await this.database.transaction(async (tx) => {
      // A session's reservation lives longer than that of a single request.
      const rows = await tx.execute<{ id: string }[]>(
        `update quota_reservation set bytes = bytes + ?, expires_at = greatest(expires_at, ?)
         where id = ? returning id`,
        [bytes, this.expiry(), id],
      );
      if (rows.length === 0) throw quotaErrors.RESERVATION_LOST();
      if (bytes > 0) await this.claim(tx, owner, bytes);
    });
  }

  /**
   * Turns a reservation into usage, in the transaction that makes the media.
   * @param sizeBytes the true size, at most what is reserved
   * @throws RESERVATION_LOST when it expired: the transaction must roll back
   */
  async commit(tx: EntityManager, id: string, sizeBytes: number): Promise<void> {
    await this.spend(tx, id, { sizeBytes, count: 1 });
  }

  /** Counts a media whose bytes are yet to come, in the transaction that makes it, after `reserve`. */
  async announce(tx: EntityManager, owner: QuotaOwner): Promise<void> {
    for (const account of accountsOf(owner)) await this.repository.adjust(tx, account, { count: 1 });
  }

  /**
   * Turns a reservation into usage of a media that was announced, in the transaction that gives it its bytes.
   * @throws RESERVATION_LOST as `commit`
   */
  async charge(tx: EntityManager, id: string, sizeBytes: number): Promise<void> {
    await this.spend(tx, id, { sizeBytes, count: 0 });
  }

  /** Puts the expiry of a reservation off; one that is gone is there again, and empty. */
  async keep(
    tx: EntityManager,
    id: string,
    { owner, expiresAt }: { owner: QuotaOwner; expiresAt: Date },
  ): Promise<void> {
    await tx.execute(
      `insert into quota_reservation (id, user_id, org_id, bytes, expires_at) values (?, ?, ?, 0, ?)
       on conflict (id) do update
         set expires_at = greatest(quota_reservation.expires_at, excluded.expires_at)`,
      [id, owner.userId, owner.orgId, expiresAt],
      'run',
    );
  }

  /** Puts the expiry of a reservation off; absent is fine. */
  async postpone(tx: EntityManager, id: string, expiresAt: Date): Promise<void> {
    await tx.execute('update quota_reservation set expires_at = ? where id = ?', [expiresAt, id], 'run');
  }

  /** Bytes that a reservation holds; 0 when there is none. */
  async reservedBytes(id: string): Promise<number> {
    const reservation = await this.database.unit().findOne(QuotaReservation, { id });
    return reservation?.bytes ?? 0;
  }

  /**
   * Moves all that the given reservations hold into another one of the same owner.
   * @throws RESERVATION_LOST when one of them expired: the transaction must roll back
   */
  async merge(tx: EntityManager, into: string, from: readonly string[]): Promise<void> {
    const taken = await tx.execute<{ bytes: string }[]>(
      'delete from quota_reservation where id in (?) returning bytes',
      [from],
    );
    const bytes = taken.reduce((sum, row) => sum + Number(row.bytes), 0);
    const rows = await tx.execute<{ id: string }[]>(
      'update quota_reservation set bytes = bytes + ? where id = ? returning id',
      [bytes, into],
    );
    if (rows.length === 0 || taken.length !== from.length) throw quotaErrors.RESERVATION_LOST();
  }

  /** Gives a reservation back; absent is fine. */
  async release(tx: EntityManager, id: string): Promise<void> {
    const reservation = await this.take(tx, id);
    if (!reservation) return;
    for (const account of accountsOf(reservation)) {
      await this.repository.adjust(tx, account, { reserved: -reservation.bytes });
    }
  }

  /** Takes a media off its owner's usage, in the transaction that removes its row. */
  async discharge(tx: EntityManager, owner: QuotaOwner, sizeBytes: number): Promise<void> {
    for (const account of accountsOf(owner)) {
      await this.repository.adjust(tx, account, { used: -sizeBytes, count: -1 });
    }
  }

  /**
   * Releases the reservations whose time is over, at most `limit`. Each is a transaction of its own:
   * several in one would lock accounts in an order that deadlocks with uploads.
   * @returns how many
   */
  async releaseExpired(limit: number): Promise<number> {
    const expired = await this.database
      .unit()
      .execute<{ id: string }[]>('select id from quota_reservation where expires_at < now() limit ?', [
        limit,
      ]);
    for (const { id } of expired) {
      await this.database.transaction(async (tx) => {
        const rows = await tx.execute<{ id: string }[]>(
          'select id from quota_reservation where id = ? and expires_at < now() for update skip locked',
          [id],
        );
        if (rows.length > 0) await this.release(tx, id);
      });
    }
    return expired.length;
  }

  private async spend(
    tx: EntityManager,
    id: string,
    { sizeBytes, count }: { sizeBytes: number; count: number },
  ): Promise<void> {
    const reservation = await this.take(tx, id);
    if (!reservation || reservation.bytes < sizeBytes) throw quotaErrors.RESERVATION_LOST();
    for (const account of accountsOf(reservation)) {
      await this.repository.adjust(tx, account, { used: sizeBytes, reserved: -reservation.bytes, count });
    }
  }

  private async claim(tx: EntityManager, owner: QuotaOwner, bytes: number): Promise<void> {
    for (const account of accountsOf(owner)) {
      const defaultLimit =
        account.scope === 'user' ? this.config.userDefaultBytes : this.config.orgDefaultBytes;
      if (!(await this.repository.claim(tx, account, { bytes, defaultLimit }))) {
        this.refusals.inc({ scope: account.scope });
        throw quotaErrors.QUOTA_EXCEEDED(
          account.scope === 'user' ? 'your quota has no room' : "the organization's quota has no room",
        );
      }
    }
  }

  private async take(tx: EntityManager, id: string): Promise<(QuotaOwner & { bytes: number }) | null> {
    const rows = await tx.execute<{ user_id: string; org_id: string | null; bytes: string }[]>(
      'delete from quota_reservation where id = ? returning user_id, org_id, bytes',
      [id],
    );
    const row = rows[0];
    return row ? { userId: row.user_id, orgId: row.org_id, bytes: Number(row.bytes) } : null;
  }

  private expiry(): Date {
    return new Date(Date.now() + this.config.reservationTtlMs);
  }
}
