import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { eventually } from '../support/eventually.js';
import { formHeaders, multipart, pictureOf } from '../support/multipart.js';
import { type ServerProcess, startServer } from '../support/server-process.js';

/** A lease of 30 s has to run out by itself. */
const LEASE_MS = 60_000;

/** A connection to the embedded database of a server that runs. */
async function connect(dataDir: string): Promise<pg.Client> {
  const directory = join(dataDir, 'postgres');
  const [, , , port] = (await readFile(join(directory, 'cluster/postmaster.pid'), 'utf8')).split('\n');
  const password = await readFile(join(directory, 'password'), 'utf8');
  const client = new pg.Client({
    host: '127.0.0.1',
    port: Number(port),
    user: 'media',
    database: 'postgres',
    password: password.trim(),
  });
  // The server takes its database along when it is killed.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

describe('an upload with an Idempotency-Key whose server is killed between commit and answer', () => {
  let dataDir: string;
  let server: ServerProcess;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'media-killed-'));
    server = await startServer({ dataDir });
  });
  afterAll(async () => {
    await server?.stop();
    await rm(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });

  const call = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(server.url + path, {
      ...init,
      headers: { authorization: `Bearer ${server.token}`, ...(init.headers as Record<string, string>) },
    });
  const upload = (): Promise<Response> =>
    call('/v1/media', {
      method: 'POST',
      body: multipart([
        { name: 'file', filename: 'cat.png', type: 'image/png', body: pictureOf(50_000) },
      ]) as RequestInit['body'],
      headers: { ...formHeaders, 'idempotency-key': 'once' },
    });

  it('is answered with the one media that there is', async () => {
    const stopped = await connect(dataDir);
    // The server commits the media and then keeps the answer, which takes it until its end.
    await stopped.query(`
      create function stop_here() returns trigger as $$
        begin perform pg_sleep(3600); return new; end $$ language plpgsql;
      create trigger stop_here before update on idempotency_key for each row
        when (new.answer is not null) execute function stop_here()`);
    const first = upload().then(
      () => 'answered',
      () => 'cut off',
    );
    const committed = await eventually(async () => {
      const { rows } = await stopped.query<{ id: string }>('select id from media');
      expect(rows).toHaveLength(1);
      return rows[0]?.id;
    });
    await server.kill('SIGKILL');
    expect(await first).toBe('cut off');

    server = await startServer({ dataDir });
    const database = await connect(dataDir);
    await database.query('drop function stop_here() cascade');
    const second = await eventually(async () => {
      const response = await upload();
      const media = (await response.json()) as { id: string };
      expect(response.status).toBe(201);
      return { media, replayed: response.headers.get('idempotency-replayed') };
    }, LEASE_MS);
    expect(second).toMatchObject({ media: { id: committed }, replayed: null });
    const third = await upload();
    expect(third.headers.get('idempotency-replayed')).toBe('true');
    expect(await third.json()).toEqual(second.media);
    const { rows } = await database.query(
      `select (select count(*)::int from media) as media, (select count(*)::int from quota_reservation) as reserved,
              (select count(*)::int from pending_deletion where prefix not like '%/v/%') as unclaimed`,
    );
    await database.end();
    expect(rows).toEqual([{ media: 1, reserved: 0, unclaimed: 0 }]);
  }, 240_000);
});
