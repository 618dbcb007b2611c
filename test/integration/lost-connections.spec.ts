import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { Database } from '../../src/database/index.js';
import { eventually } from '../support/eventually.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const POOL_SIZE = 3;

describe('connections that are lost in the middle of a transaction', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp({
      env: { DATABASE_POOL_SIZE: String(POOL_SIZE), ROLE: 'api' },
    });
  });
  afterAll(() => service.close());

  it('take no place of the pool with them', async () => {
    const database = service.app.get(Database);
    const killer = new pg.Client({ connectionString: service.databaseUrl });
    await killer.connect();
    for (let loss = 0; loss < 2 * POOL_SIZE; loss += 1) {
      const lost = database.transaction(async (tx) => {
        const [row] = await tx.execute<{ pid: number }[]>('select pg_backend_pid() as pid');
        await killer.query('select pg_terminate_backend($1)', [row?.pid]);
        await eventually(() => expect(tx.execute('select 1')).rejects.toThrow());
        throw new Error('lost');
      });
      await expect(lost).rejects.toThrow('lost');
    }
    await killer.end();
    await database.check();
  }, 20_000);
});
