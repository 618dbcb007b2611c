import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { EmbeddedPostgres } from '../../src/database/embedded-postgres.js';
import { eventually } from '../support/eventually.js';
import { runScript, type ScriptProcess } from '../support/script-process.js';

/** Owns a database under DATA_DIR as the service does; ends on SIGTERM, and only then. */
const owner = `
  import 'reflect-metadata';
  import { openDatabase } from 'DIST/database/index.js';
  const database = await openDatabase(
    { app: { dataDir: process.env.DATA_DIR }, database: { url: null, poolSize: 2 } }, []);
  process.on('SIGINT', () => console.log('still here'));
  process.on('SIGTERM', () => void database.close().then(() => process.exit(0)));
  setInterval(() => undefined, 1000);
  console.log('serving ' + database.settings.url + ' ');`;

async function query(connectionString: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

describe('the embedded PostgreSQL', () => {
  let dataDir: string;
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'media-embedded-'));
  });
  afterEach(() => rmSync(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));

  const postmaster = (): number =>
    Number(readFileSync(join(dataDir, 'postgres/cluster/postmaster.pid'), 'utf8').split('\n')[0]);
  /** The processes that were started with this test's cluster. */
  const servers = (): string[] =>
    readdirSync('/proc').filter((pid) => {
      try {
        return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(dataDir);
      } catch {
        return false;
      }
    });
  async function own(): Promise<{ script: ScriptProcess; url: string }> {
    const script = runScript(owner, { DATA_DIR: dataDir });
    const output = await script.wrote('serving postgresql://');
    return { script, url: /serving (\S+) /.exec(output)?.[1] ?? '' };
  }

  it('starts, stops, and has its data at the next start', async () => {
    const first = await own();
    await query(first.url, 'create table kept as select 7 as number');
    first.script.process.kill('SIGTERM');
    expect(await first.script.ended).toBe(0);
    expect(existsSync(join(dataDir, 'postgres/cluster/postmaster.pid'))).toBe(false);
    expect(readdirSync(dataDir)).toEqual(['postgres']);

    const second = await own();
    expect(await query(second.url, 'select number from kept')).toEqual([{ number: 7 }]);
    second.script.process.kill('SIGTERM');
    expect(await second.script.ended).toBe(0);
  });

  it('ends with an owner that is killed, and what was committed is there at the next start', async () => {
    const first = await own();
    await query(first.url, 'create table kept (number int)');
    const client = new pg.Client({ connectionString: first.url });
    client.on('error', () => undefined);
    await client.connect();
    await client.query('begin');
    await client.query('insert into kept values (1)');
    await query(first.url, 'insert into kept values (2)');
    first.script.process.kill('SIGKILL');
    await first.script.ended;
    await eventually(() => expect(servers()).toEqual([]), 15_000);

    const second = await own();
    expect(await query(second.url, 'select number from kept')).toEqual([{ number: 2 }]);
    second.script.process.kill('SIGTERM');
    expect(await second.script.ended).toBe(0);
  });

  it('starts again at once after owner and server were killed', async () => {
    const first = await own();
    await query(first.url, 'create table kept as select 7 as number');
    process.kill(postmaster(), 'SIGKILL');
    first.script.process.kill('SIGKILL');
    const second = await own();
    expect(await query(second.url, 'select number from kept')).toEqual([{ number: 7 }]);
    second.script.process.kill('SIGTERM');
    expect(await second.script.ended).toBe(0);
  });

  it('refuses a second owner, and serves the first', async () => {
    const { script, url } = await own();
    const second = runScript(owner, { DATA_DIR: dataDir });
    expect(await second.ended).not.toBe(0);
    expect(second.output()).toMatch(/another instance uses DATA_DIR: stop it, or set DATABASE_URL/);
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    script.process.kill('SIGTERM');
    expect(await script.ended).toBe(0);
  });

  it('outlasts a Ctrl-C, which is for its owner', async () => {
    const { script, url } = await own();
    process.kill(-Number(script.process.pid), 'SIGINT');
    await script.wrote('still here');
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    script.process.kill('SIGTERM');
    expect(await script.ended).toBe(0);
  });

  it('does not keep its owner from ending after it was killed itself', async () => {
    const { script } = await own();
    process.kill(postmaster(), 'SIGKILL');
    await eventually(() => expect(servers()).toEqual([]), 15_000);
    script.process.kill('SIGTERM');
    expect(await script.ended).toBe(0);
  });

  it('stops a server that outlived its owner', async () => {
    const directory = join(dataDir, 'postgres');
    const first = await EmbeddedPostgres.start(directory);
    const second = await EmbeddedPostgres.start(directory);
    expect(servers().length).toBeGreaterThan(0);
    await expect(query(first.url, 'select 1')).rejects.toThrow();
    expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await second.stop();
    expect(servers()).toEqual([]);
  });

  it('stops no stranger whose number stands in the file of a server that is gone', async () => {
    const directory = join(dataDir, 'postgres');
    await (await EmbeddedPostgres.start(directory)).stop();
    const stranger = spawn('sleep', ['60'], { stdio: 'ignore', argv0: 'postgres' });
    writeFileSync(join(directory, 'cluster/postmaster.pid'), `${stranger.pid}\n`);
    const server = await EmbeddedPostgres.start(directory);
    expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await server.stop();
    expect([stranger.exitCode, stranger.signalCode]).toEqual([null, null]);
    stranger.kill('SIGKILL');
  });

  it('is made anew when its making was cut short', async () => {
    const directory = join(dataDir, 'postgres');
    const first = runScript(owner, { DATA_DIR: dataDir });
    const isMaking = () => readdirSync(directory).find((name) => name.startsWith('cluster.new-')) ?? '';
    await eventually(() => expect(readdirSync(join(directory, isMaking()))).toContain('PG_VERSION'));
    first.process.kill('SIGKILL');
    await first.ended;
    expect(isMaking()).not.toBe('');
    const server = await EmbeddedPostgres.start(directory);
    expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await server.stop();
    expect(readdirSync(directory)).toEqual(expect.arrayContaining(['cluster', 'password']));
  });

  it('lets nobody in without the password, which only its owner can read', async () => {
    const server = await EmbeddedPostgres.start(join(dataDir, 'postgres'));
    const url = new URL(server.url);
    url.password = 'guess';
    await expect(query(url.href, 'select 1')).rejects.toThrow(/password authentication failed/);
    const mode = execFileSync('stat', ['-c', '%a', join(dataDir, 'postgres/password')], { encoding: 'utf8' });
    expect(mode.trim()).toBe('600');
    await server.stop();
  });
});
