import { join } from 'node:path';
import type { EntityClass } from '@mikro-orm/postgresql';
import type { AppConfig, DatabaseConfig } from '../config/index.js';
import { lockDataDir } from './data-dir-lock.js';
import { EmbeddedPostgres } from './embedded-postgres.js';
import { assertMigrated, migrateUp } from './migrations.js';
import type { OrmSettings } from './orm.options.js';

export interface OpenDatabase {
  settings: OrmSettings;
  /** Stops the embedded server; to be called after the last user of the database is gone. */
  close(): Promise<void>;
}

/**
 * Makes a migrated database available: the configured one, or an embedded one under DATA_DIR.
 * @throws EMBEDDED_DATABASE_FAILED, DATABASE_BEHIND (with MIGRATE_ON_START=false)
 */
export async function openDatabase(
  config: { app: AppConfig; database: DatabaseConfig },
  entities: EntityClass<object>[],
): Promise<OpenDatabase> {
  const server = config.database.url === null ? await startEmbedded(config.app.dataDir) : null;
  const settings = { url: server?.url ?? config.database.url ?? '', poolSize: config.database.poolSize, entities };
  const close = async (): Promise<void> => {
    await server?.stop();
  };
  try {
    if (config.database.migrateOnStart) await migrateUp(settings);
    else await assertMigrated(settings);
  } catch (error) {
    await close();
    throw error;
  }
  return { settings, close };
}

async function startEmbedded(dataDir: string): Promise<{ url: string; stop: () => Promise<void> }> {
  const unlock = lockDataDir(dataDir);
  try {
    const server = await EmbeddedPostgres.start(join(dataDir, 'postgres'));
    return {
      url: server.url,
      stop: async () => {
        await server.stop();
        unlock();
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}
