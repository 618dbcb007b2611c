import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
// Jest neither transforms nor maps modules here, so the server comes from the build (see pretest).
import { EmbeddedPostgres } from '../../dist/database/embedded-postgres.js';

/** Starts one PostgreSQL server for all suites; each suite that needs one makes a database of its own there. */
export default async function startDatabaseServer() {
  if (process.env.TEST_DATABASE_URL) return;
  const directory = await mkdtemp(join(tmpdir(), 'media-test-'));
  const server = await EmbeddedPostgres.start(directory, ['fsync=off', 'max_connections=400']);
  process.env.TEST_DATABASE_URL = server.url;
  globalThis.testDatabaseServer = { stop: () => server.stop(), directory };
}
