import {
  createPostgresBackend,
  type PostgresPoolConfig,
  type QueueOptions,
  runMigrations,
  setDefaultBackendFactory,
} from 'bullmq';
import pg from 'pg';
import type { DatabaseConfig } from '../../config/index.js';

/** PostgreSQL schema that holds the queues when there is no Redis. */
const QUEUE_SCHEMA = 'bullmq';

/** Every Queue and Worker has a pool and a LISTEN client of its own, so the pools are small. */
const POOL_SIZE = 2;

/**
 * Chooses the backend of all queues of the process: Redis when it is configured, else PostgreSQL.
 * BullMQ makes and upgrades its schema there, under an advisory lock, when MIGRATE_ON_START says so.
 */
export function queueConnection(config: DatabaseConfig, databaseUrl: string): QueueOptions['connection'] {
  if (config.redisUrl !== null) {
    setDefaultBackendFactory();
    return { url: config.redisUrl };
  }
  setDefaultBackendFactory(createPostgresBackend);
  const connection: PostgresPoolConfig = {
    connectionString: databaseUrl,
    schema: QUEUE_SCHEMA,
    max: POOL_SIZE,
    migrate: config.migrateOnStart,
  };
  return connection;
}

/** Makes or upgrades the schema of the queues; a no-op where they are on Redis. */
export async function migrateQueues(config: DatabaseConfig, databaseUrl: string): Promise<void> {
  if (config.redisUrl !== null) return;
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await runMigrations(client, QUEUE_SCHEMA);
  } finally {
    await client.end();
  }
}
