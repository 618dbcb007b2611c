import { join } from 'node:path';
import type { EntityClass } from '@mikro-orm/postgresql';
import type { AppConfig, DatabaseConfig } from '../config/index.js';
import { lockDataDir } from './data-dir-lock.js';
import { EmbeddedPostgres } from './embedded-postgres.js';
import type { OrmSettings } from './orm.options.js';

export interface OpenDatabase {
  settings: OrmSettings;
  /** Stops the embedded server; to be called after the last user of the database is gone. */
  close(): Promise<void>;
}

/**
 * Makes a database available: the configured one, or an embedded one under DATA_DIR.
 * @throws EMBEDDED_DATABASE_FAILED
 */
export async function openDatabase(
  config: { app: AppConfig; database: DatabaseConfig },
  entities: EntityClass<object>[],
): Promise<OpenDatabase> {
  const { url, poolSize } = config.database;
  if (url !== null) return { settings: { url, poolSize, entities }, close: async () => undefined };
  const server = await startEmbedded(config.app.dataDir);
  return { settings: { url: server.url, poolSize, entities }, close: server.stop };
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
