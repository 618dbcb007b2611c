import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TransformEviction } from '../../src/delivery/transforms/transform-eviction.js';
import { TransformIndex } from '../../src/delivery/transforms/transform-index.js';
import { TransformUses } from '../../src/delivery/transforms/transform-uses.js';
import { Api, type MediaJson, onDatabase } from '../support/api.js';
import { plainPicture } from '../support/pictures.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const never = new AbortController().signal;

interface TransformRow {
  name: string;
  size_bytes: string;
  last_used_at: Date;
}

describe('stored transforms', () => {
  let service: TestApp;
  let alice: Api;
  let media: MediaJson;

  beforeAll(async () => {
    service = await startTestApp();
    alice = await Api.as(service);
    media = await alice.uploadReady(await plainPicture(300, 200, 1));
    await made(alice, media.id, 10);
  });
  afterAll(() => service.close());

  const rows = (id = media.id) =>
    onDatabase<TransformRow>(
      service,
      "select * from variant where media_id = $1 and kind = 'transform' order by created_at, id",
      [id],
    );

  async function made(api: Api, id: string, width: number): Promise<void> {
    const response = await api.get(`/v1/media/${id}/resize?width=${width}&format=png`);
    expect(response.status).toBe(200);
    await response.body?.cancel();
  }

  const used = (id: string, name: string, hoursAgo: number) =>
    onDatabase(
      service,
      `update variant set last_used_at = now() - make_interval(hours => $3) where media_id = $1 and name = $2`,
      [id, name, hoursAgo],
    );

  async function evictWith(env: Record<string, string>) {
    const bounded = await startTestApp({ beside: service, env: { ROLE: 'api', ...env } });
    try {
      return await bounded.app.get(TransformEviction).run(never);
    } finally {
      await bounded.close();
    }
  }

  it('of an owner go when they are too many, those first that nobody used for longest', async () => {
    const bob = await Api.as(service, { sub: 'bob', org: 'acme' });
    const { id } = await bob.uploadReady(await plainPicture(200, 150, 2));
    for (const width of [110, 120, 130, 140]) await made(bob, id, width);
    const all = await rows(id);
    for (const [index, { name }] of all.entries()) await used(id, name, [1, 4, 2, 3][index] ?? 0);
    // The least that anyone has lain idle, and yet it stays: its owner has room.
    await used(media.id, (await rows())[0]?.name ?? '', 1000);
    const sizes = all.map(({ size_bytes }) => Number(size_bytes));
    const kept = (sizes[0] ?? 0) + (sizes[2] ?? 0);
    const others = Number((await rows())[0]?.size_bytes);
    const bound = Math.ceil((Math.max(kept, others) + 1) / 0.95);
    const report = await evictWith({ IMAGE_CACHE_MAX_BYTES_PER_OWNER: String(bound) });
    expect((await rows(id)).map(({ name }) => name)).toEqual([all[0]?.name, all[2]?.name]);
    expect(await rows()).toHaveLength(1);
    expect(report).toEqual({ evictedBytes: (sizes[1] ?? 0) + (sizes[3] ?? 0), bytes: kept + others });
    const thumbnails = "select name from variant where media_id = $1 and kind = 'thumbnail'";
    expect((await onDatabase(service, thumbnails, [id])).length).toBeGreaterThan(0);
    // The bytes go later: somebody may be reading them.
    const due = await onDatabase<{ soon: boolean }>(
      service,
      `select due_at < now() + interval '5 minutes' as soon from pending_deletion
        where prefix like '%' || $1 || '/v/%'`,
      [id],
    );
    expect(due).toEqual([{ soon: false }, { soon: false }]);
    await made(bob, id, 120);
    expect(await rows(id)).toHaveLength(3);
  });

  it('of all owners go when all together are too many', async () => {
    const report = await evictWith({ IMAGE_CACHE_MAX_BYTES: '1' });
    expect(report.evictedBytes).toBeGreaterThan(0);
    expect(report.bytes).toBe(0);
    const left = await onDatabase(service, "select id from variant where kind = 'transform'");
    expect(left).toEqual([]);
  });

  it('stay where no bound is set', async () => {
    await made(alice, media.id, 299);
    const report = await evictWith({ IMAGE_CACHE_MAX_BYTES: '0', IMAGE_CACHE_MAX_BYTES_PER_OWNER: '0' });
    expect([report.evictedBytes, (await rows()).length]).toEqual([0, 1]);
  });

  it('are known to be used, written down now and then', async () => {
    await made(alice, media.id, 298);
    const name = (await rows()).at(-1)?.name ?? '';
    const hours = async () => {
      const row = (await rows()).find((candidate) => candidate.name === name);
      return Math.round((Date.now() - (row?.last_used_at.getTime() ?? 0)) / 3_600_000);
    };
    const uses = service.app.get(TransformUses);
    await used(media.id, name, 5);
    await service.app.get(TransformIndex).forget({ mediaId: media.id, hash: name });
    await made(alice, media.id, 298);
    expect(await hours()).toBe(5);
    await uses.flush();
    expect(await hours()).toBe(0);
    // Not again so soon.
    await used(media.id, name, 5);
    await made(alice, media.id, 298);
    await uses.flush();
    expect(await hours()).toBe(5);
  });
});
