import { Injectable } from '@nestjs/common';
import { type EntityManager, MikroORM } from '@mikro-orm/postgresql';

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

  /** Resolves when the database answers. */
  async check(): Promise<void> {
    await this.unit().execute('select 1');
  }
}
