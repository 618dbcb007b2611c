import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import {
  ensureMigrated,
  migrateDown,
  migrateUp,
  type OrmSettings,
  schemaDrift,
} from '../../src/database/index.js';
import { entities } from '../../src/entities.js';
import { runScript } from '../support/script-process.js';
import { startServer } from '../support/server-process.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe('migrations', () => {
  const databases: TestDatabase[] = [];
  let settings: OrmSettings;
  beforeEach(async () => {
    const database = await createTestDatabase();
    databases.push(database);
    settings = { url: database.url, poolSize: 2, entities };
  });
  afterAll(async () => {
    for (const database of databases) await database.drop();
  });

  async function query(text: string): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: settings.url });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  }
  const tables = async (): Promise<unknown[]> =>
    (
      await query("select table_name from information_schema.tables where table_schema = 'public' order by 1")
    ).map((row) => row['table_name']);
  const functions = () =>
    query(`select proname from pg_proc join pg_namespace n on n.oid = pronamespace where nspname = 'public'`);

  it('go up, all the way down and up again, and give what the entities say', async () => {
    const applied = await migrateUp(settings);
    expect(applied).toContain('0001_initial');
    expect(await schemaDrift(settings)).toBe('');
    const before = await tables();
    expect(before).toEqual(expect.arrayContaining(['media', 'outbox', 'pending_deletion', 'quota']));

    expect(await migrateDown(settings, applied.length)).toEqual(applied.toReversed());
    expect(await tables()).toEqual(['mikro_orm_migrations']);
    expect(await functions()).toEqual([]);

    expect(await migrateUp(settings)).toEqual(applied);
    expect(await tables()).toEqual(before);
    expect(await schemaDrift(settings)).toBe('');
  });

  it('are applied once', async () => {
    await migrateUp(settings);
    expect(await migrateUp(settings)).toEqual([]);
  });

  it('show what has drifted', async () => {
    await migrateUp(settings);
    await query('alter table media drop column placeholder');
    expect(await schemaDrift(settings)).toContain('placeholder');
  });

  it('are applied by one of several processes that start at once, the others wait', async () => {
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => migrateUp(settings)));
    const applied = outcomes.filter((names) => names.length > 0);
    expect(applied).toHaveLength(1);
    expect(await schemaDrift(settings)).toBe('');
  });

  it('can be taken up by another process when one dies at them', async () => {
    const script = runScript(
      `import pg from 'pg';
       const client = new pg.Client({ connectionString: process.env.URL });
       await client.connect();
       await client.query('select pg_advisory_lock(7236501842)');
       console.log('locked');
       setInterval(() => undefined, 1000);`,
      { URL: settings.url },
    );
    await script.wrote('locked');
    const waiting = migrateUp(settings);
    const first = await Promise.race([waiting, new Promise((resolve) => setTimeout(resolve, 500, 'waits'))]);
    expect(first).toBe('waits');
    script.process.kill('SIGKILL');
    expect((await waiting).length).toBeGreaterThan(0);
  });

  it('are missed when they are pending and not to be applied', async () => {
    await expect(ensureMigrated(settings, false)).rejects.toMatchObject({
      code: 'DATABASE_BEHIND',
      message: expect.stringContaining('0001_initial'),
    });
    expect(await tables()).not.toContain('media');
    await ensureMigrated(settings, true);
    await ensureMigrated(settings, false);
  });

  it('stop the start of a service that is not to apply them, until the command has', async () => {
    const env = {
      DATABASE_URL: settings.url,
      JWT_SECRET: 'a secret for tests that is long enough',
      MIGRATE_ON_START: 'false',
    };
    await expect(startServer({ env })).rejects.toThrow(/pending: 0001_initial/);
    const command = runScript("await import('DIST/cli/migrate.js')", env);
    expect([await command.ended, command.output()]).toEqual([
      0,
      expect.stringContaining('applied: 0001_initial'),
    ]);
    const server = await startServer({ env });
    expect(await server.stop()).toBe(0);
  });
});
