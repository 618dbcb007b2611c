import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { eventually } from '../support/eventually.js';
import { formHeaders, multipart, openUpload, partHead, pictureOf } from '../support/multipart.js';
import { type ServerProcess, startServer } from '../support/server-process.js';

const KILLS = 3;
const UPLOADERS = 6;
/** The sweepers run every minute. */
const SWEPT_MS = 150_000;

interface Media {
  id: string;
  size: number;
  sha256: string;
}

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
  await client.connect();
  return client;
}

describe('a service that is killed in the middle of uploads', () => {
  let dataDir: string;
  let server: ServerProcess;
  const acknowledged = new Map<string, Media>();

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'media-killed-'));
    for (let kill = 0; kill < KILLS; kill += 1) {
      server = await start();
      await uploadUntilKilled(kill);
    }
    server = await start();
  }, 300_000);
  afterAll(async () => {
    await server?.stop();
    await rm(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });

  const start = (): Promise<ServerProcess> =>
    startServer({ dataDir, env: { RATE_LIMIT_PER_MINUTE: '0', RESERVATION_TTL_SECONDS: '60' } });
  const call = (
    path: string,
    { headers = {}, ...init }: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> } = {},
  ): Promise<Response> =>
    fetch(server.url + path, { ...init, headers: { authorization: `Bearer ${server.token}`, ...headers } });

  /** Small uploads one after the other, and large ones that are never whole; then SIGKILL. */
  async function uploadUntilKilled(round: number): Promise<void> {
    let running = true;
    const uploaders = Array.from({ length: UPLOADERS }, async (_, uploader) => {
      for (let count = 0; running; count += 1) {
        const body = pictureOf(20_000 + round * 1000 + uploader * 100 + (count % 100), count % 256);
        const media = await upload(body).catch(() => null);
        if (media) acknowledged.set(media.id, media);
      }
    });
    const unfinished = Array.from({ length: 3 }, () => {
      const { request } = openUpload(`${server.url}/v1/media`, { authorization: `Bearer ${server.token}` });
      request.write(partHead({ name: 'file', filename: 'large.png', type: 'image/png' }));
      request.write(pictureOf(3_000_000));
      return request;
    });
    const enough = acknowledged.size + 20;
    await eventually(() => expect(acknowledged.size).toBeGreaterThanOrEqual(enough), 60_000);
    await sleep(37 * round);
    await server.kill('SIGKILL');
    running = false;
    for (const request of unfinished) request.destroy();
    await Promise.all(uploaders);
  }

  /** @throws when there is no whole answer */
  async function upload(body: Buffer): Promise<Media | null> {
    const response = await call('/v1/media', {
      method: 'POST',
      body: multipart([
        { name: 'file', filename: 'small.png', type: 'image/png', body },
      ]) as RequestInit['body'],
      headers: formHeaders,
    });
    const media = (await response.json()) as Media;
    if (response.status !== 201) return null;
    expect(media.sha256).toBe(createHash('sha256').update(body).digest('hex'));
    return media;
  }

  async function catalogue(): Promise<Media[]> {
    const all: Media[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const response = await call(`/v1/media?limit=100${cursor && `&cursor=${cursor}`}`);
      const page = (await response.json()) as { items: Media[]; nextCursor: string | null };
      all.push(...page.items);
      cursor = page.nextCursor;
    }
    return all;
  }

  it('has everything that it acknowledged, byte for byte', async () => {
    expect(acknowledged.size).toBeGreaterThanOrEqual(20 * KILLS);
    for (const { id, sha256 } of acknowledged.values()) {
      const response = await eventually(async () => {
        const download = await call(`/v1/media/${id}/download`);
        // 409 as long as it was not scanned, which goes on after the restart by itself.
        expect(download.status).toBe(200);
        return download;
      }, 90_000);
      const bytes = Buffer.from(await response.arrayBuffer());
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
    }
  }, 300_000);

  it('keeps no bytes and no quota of what it did not', async () => {
    const database = await connect(dataDir);
    const count = async (): Promise<{ reservations: number; pending: number }> => {
      const { rows } = await database.query<{ reservations: number; pending: number }>(
        `select (select count(*)::int from quota_reservation) as reservations,
                (select count(*)::int from pending_deletion where prefix not like '%/v/%') as pending`,
      );
      return rows[0] ?? { reservations: -1, pending: -1 };
    };
    const before = await count();
    expect(before.reservations).toBeGreaterThanOrEqual(3 * KILLS);
    expect(before.pending).toBeGreaterThanOrEqual(3 * KILLS);
    // Time passes: the leases of the dead run out.
    await database.query("update quota_reservation set expires_at = now() - interval '1 second'");
    await database.query('update pending_deletion set due_at = now()');
    await eventually(async () => expect(await count()).toEqual({ reservations: 0, pending: 0 }), SWEPT_MS);
    await database.end();

    const ids = new Set((await catalogue()).map(({ id }) => id));
    const objects = join(dataDir, 'objects');
    const ownersIn = async (directory: string): Promise<Set<string>> => {
      const files = await readdir(join(objects, directory), { recursive: true, withFileTypes: true });
      const owners = files
        .filter((entry) => entry.isFile())
        .map((entry) => /[0-9a-f-]{36}/.exec(entry.parentPath)?.[0] ?? entry.parentPath);
      return new Set(owners);
    };
    expect(await ownersIn('originals')).toEqual(ids);
    expect([...(await ownersIn('media'))].filter((id) => !ids.has(id))).toEqual([]);
    expect((await readdir(join(objects, '.tmp'))).filter((name) => name.includes('original'))).toEqual([]);
  }, 300_000);

  it('has exact quota', async () => {
    const recalculation = await call('/v1/admin/quotas/recalculate', {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    });
    expect(await recalculation.json()).toEqual({ drifts: [] });
    const all = await catalogue();
    expect(await (await call('/v1/quotas/users/developer')).json()).toMatchObject({
      usedBytes: all.reduce((sum, { size }) => sum + size, 0),
      reservedBytes: 0,
      mediaCount: all.length,
    });
  });
});
