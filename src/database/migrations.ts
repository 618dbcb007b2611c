import { MikroORM } from '@mikro-orm/postgresql';
import pg from 'pg';
import { databaseErrors } from './database.errors.js';
import { type OrmSettings, ormOptions } from './orm.options.js';

/** Any constant will do, as long as every process of the service takes the same. */
const MIGRATION_LOCK = 7_236_501_842;

/**
 * Applies all pending migrations. Processes that start together take
 * turns by an advisory lock; a process that dies lets go of it.
 * @returns the names of what was applied
 */
export async function migrateUp(settings: OrmSettings): Promise<string[]> {
  return locked(settings, async (orm) => {
    const applied = await orm.migrator.up();
    return applied.map(({ name }) => name);
  });
}

/** Takes back the last `count` migrations. @returns their names */
export async function migrateDown(settings: OrmSettings, count: number): Promise<string[]> {
  return locked(settings, async (orm) => {
    const reverted: string[] = [];
    for (let i = 0; i < count; i += 1) reverted.push(...(await orm.migrator.down()).map(({ name }) => name));
    return reverted;
  });
}

/**
 * Brings the schema up to date, or makes sure that it is.
 * @throws DATABASE_BEHIND when migrations are pending and are not to be applied here
 */
export async function ensureMigrated(settings: OrmSettings, migrateOnStart: boolean): Promise<void> {
  if (migrateOnStart) await migrateUp(settings);
  else await assertMigrated(settings);
}

async function assertMigrated(settings: OrmSettings): Promise<void> {
  const orm = await MikroORM.init(ormOptions(settings));
  try {
    const pending = await orm.migrator.getPending();
    if (pending.length > 0) {
      throw databaseErrors.DATABASE_BEHIND(`pending: ${pending.map(({ name }) => name).join(', ')}`);
    }
  } finally {
    await orm.close();
  }
}

/** The SQL that would make a migrated database equal to the entities; empty when nothing has drifted. */
export async function schemaDrift(settings: OrmSettings): Promise<string> {
  const orm = await MikroORM.init(ormOptions(settings));
  try {
    return (await orm.schema.getUpdateSchemaSQL({ wrap: false })).trim();
  } finally {
    await orm.close();
  }
}

async function locked<T>(settings: OrmSettings, work: (orm: MikroORM) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: settings.url });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const orm = await MikroORM.init(ormOptions(settings));
    try {
      return await work(orm);
    } finally {
      await orm.close();
    }
  } finally {
    await client.end();
  }
}
