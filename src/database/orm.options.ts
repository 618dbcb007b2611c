import { join } from 'node:path';
import { ReflectMetadataProvider } from '@mikro-orm/decorators/legacy';
import { Migrator } from '@mikro-orm/migrations';
import { defineConfig, type EntityClass } from '@mikro-orm/postgresql';
import { freeLostConnections } from './free-lost-connections.js';

/** The repository's own folder of migrations, the same seen from src/ and from dist/. */
const migrationsPath = join(import.meta.dirname, '../../migrations');

/** A new connection costs some milliseconds of CPU on both sides: SCRAM, and a process with empty caches. */
const IDLE_CONNECTION_MS = 60_000;

export interface OrmSettings {
  url: string;
  poolSize: number;
  entities: EntityClass<object>[];
}

/** How MikroORM is set up everywhere: the service, the migration command and the tests. */
export function ormOptions({ url, poolSize, entities }: OrmSettings) {
  return defineConfig({
    clientUrl: url,
    entities,
    metadataProvider: ReflectMetadataProvider,
    extensions: [Migrator],
    pool: { min: 0, max: poolSize, idleTimeoutMillis: IDLE_CONNECTION_MS },
    driverOptions: { onPoolCreated: freeLostConnections },
    forceUtcTimezone: true,
    migrations: {
      path: migrationsPath,
      pathTs: migrationsPath,
      glob: '[0-9]*.ts',
      snapshot: false,
      silent: true,
    },
    schemaGenerator: { ignoreSchema: ['bullmq'] },
    debug: false,
  });
}
