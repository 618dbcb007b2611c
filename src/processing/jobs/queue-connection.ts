import { createPostgresBackend, setDefaultBackendFactory } from 'bullmq';
import type { QueueOptions } from 'bullmq';
import type { DatabaseConfig } from '../../config/index.js';

/** PostgreSQL schema that holds the queues when there is no Redis. */
const QUEUE_SCHEMA = 'bullmq';

/** Every Queue and Worker has a pool and a LISTEN client of its own, so the pools are small. */
const POOL_SIZE = 3;

/**
 * Chooses the backend of all queues of the process: Redis when it is configured, else PostgreSQL.
 * BullMQ makes and upgrades its schema there by itself, under an advisory lock.
 */
export function queueConnection(config: DatabaseConfig, databaseUrl: string): QueueOptions['connection'] {
  if (config.redisUrl !== null) {
    setDefaultBackendFactory();
    return { url: config.redisUrl };
  }
  setDefaultBackendFactory(createPostgresBackend);
  return {
    connectionString: databaseUrl,
    schema: QUEUE_SCHEMA,
    max: POOL_SIZE,
    migrate: true,
  } as QueueOptions['connection'];
}
