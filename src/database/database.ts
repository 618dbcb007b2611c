import { Injectable } from '@nestjs/common';
import { type EntityManager, MikroORM } from '@mikro-orm/postgresql';

import type { PreparedStatement } from './prepared-statement.js';

/** The way to the database for every repository: units of work that are never shared. */
@Injectable()
export class Database {
  constructor(private readonly orm: MikroORM) {}

  /** A fresh unit of work with an empty identity map. */
  unit(): EntityManager {
    return this.orm.em.fork();
  }

  /** Runs work in one transaction; it rolls back when the work rejects. */
  transaction<T>(work: (tx: EntityManager) => Promise<T>): Promise<T> {
    return this.unit().transactional(work);
  }

  /**
   * Runs one statement on a connection of the pool, past the ORM: for what is part of nearly every request, where
   * planning it would cost as much as running it.
   */
  async run<Row extends object>(statement: PreparedStatement, values: readonly unknown[]): Promise<Row[]> {
    const pool = await this.orm.em.getConnection().getNativeClient();
    return (await pool.query<Row>({ ...statement, values: [...values] })).rows;
  }

  /** Resolves when the database answers. */
  async check(): Promise<void> {
    await this.unit().execute('select 1');
  }
}
