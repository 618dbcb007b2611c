import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { signDevelopmentToken } from '../../src/auth/index.js';
import type { Scope } from '../../src/auth/index.js';
import { loadConfig } from '../../src/config/index.js';
import { createApp } from '../../src/create-app.js';
import { ensureMigrated, openDatabase } from '../../src/database/index.js';
import { entities } from '../../src/entities.js';
import { createTestDatabase } from './test-database.js';

const defaultScopes: Scope[] = ['media:read', 'media:write'];
const SECRET = 'a secret for tests that is long enough';

export interface TestAppOptions {
  /** Settings beside the ones that a test needs; see .env.example. */
  env?: Record<string, string>;
  /** Share the database and the files of another app, as a second process of the same service would. */
  beside?: TestApp;
}

/** The whole service in this process: real PostgreSQL, real files, listening on a free port. */
export interface TestApp {
  app: NestFastifyApplication;
  /** Origin, without a trailing slash. */
  url: string;
  databaseUrl: string;
  dataDir: string;
  /** An Authorization header value. */
  bearer(claims?: {
    sub?: string;
    org?: string;
    scopes?: Scope[];
    expiresInSeconds?: number;
  }): Promise<string>;
  close(): Promise<void>;
}

export async function startTestApp({ env = {}, beside }: TestAppOptions = {}): Promise<TestApp> {
  const database = beside
    ? { url: beside.databaseUrl, drop: async () => undefined }
    : await createTestDatabase();
  const dataDir = beside?.dataDir ?? (await mkdtemp(join(tmpdir(), 'media-app-')));
  const config = loadConfig({
    DATABASE_URL: database.url,
    DATABASE_POOL_SIZE: '6',
    DATA_DIR: dataDir,
    JWT_SECRET: SECRET,
    HOST: '127.0.0.1',
    PORT: '0',
    LOG_LEVEL: 'silent',
    RATE_LIMIT_PER_MINUTE: '0',
    ...env,
  });
  const opened = await openDatabase(config, entities);
  await ensureMigrated(opened.settings, config.database.migrateOnStart);
  const app = await createApp(config, opened.settings);
  await app.listen(0, '127.0.0.1');
  return {
    app,
    url: (await app.getUrl()).replace('[::1]', '127.0.0.1'),
    databaseUrl: database.url,
    dataDir,
    bearer: async ({ sub = 'alice', org, scopes = defaultScopes, expiresInSeconds = 600 } = {}) =>
      `Bearer ${await signDevelopmentToken(SECRET, { sub, ...(org && { org }), scopes, expiresInSeconds })}`,
    close: async () => {
      await app.close();
      await opened.close();
      await database.drop();
      if (!beside) await rm(dataDir, { recursive: true, force: true });
    },
  };
}
