import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api, type MediaJson, onDatabase, type ProblemJson } from '../support/api.js';
import { pdf, plainPicture } from '../support/pictures.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface Page {
  items: MediaJson[];
  nextCursor: string | null;
}

describe('the list of media', () => {
  let service: TestApp;
  let alice: Api;
  let pictures = 0;

  beforeAll(async () => {
    service = await startTestApp();
    alice = await Api.as(service, { sub: 'alice', org: 'acme' });
  });
  afterAll(() => service.close());

  const page = (api: Api, query = '') => api.json<Page>(`/v1/media${query}`);
  const names = async (api: Api, query = '') =>
    (await page(api, query)).items.map(({ filename }) => filename);

  /** Uploads a picture under a name; whoever it is has no other. */
  async function upload(api: Api, name: string, fields: Record<string, string> = {}): Promise<MediaJson> {
    pictures += 1;
    return api.upload(await plainPicture(16, 16, pictures), { name, fields });
  }

  it('is empty for who has nothing', async () => {
    expect(await page(await Api.as(service, { sub: 'nobody' }))).toEqual({ items: [], nextCursor: null });
  });

  describe('with filters', () => {
    let carol: Api;
    beforeAll(async () => {
      carol = await Api.as(service, { sub: 'carol' });
      await upload(carol, 'beach.png', { tags: 'sea,sun' });
      await upload(carol, '100%_sure.png', { tags: 'sea' });
      await upload(carol, 'back\\slash ÄÖ.png', { tags: 'sun,ünïcode' });
      const { id } = await carol.upload(pdf, { name: 'Beach plan.pdf', type: 'application/pdf' });
      await carol.until(id);
      for (const { id } of (await page(carol)).items) await carol.until(id);
      const broken = await upload(carol, 'broken.png');
      await carol.until(broken.id);
      await onDatabase(service, "update media set status = 'failed' where id = $1", [broken.id]);
    });

    it('shows the newest first, as single media are shown', async () => {
      const { items } = await page(carol);
      expect(items.map(({ filename }) => filename)).toEqual([
        'broken.png',
        'Beach plan.pdf',
        'slash ÄÖ.png',
        '100%_sure.png',
        'beach.png',
      ]);
      expect(items[1]).toEqual(await carol.json(`/v1/media/${items[1]?.id}`));
    });

    it.each([
      ['kind=document', ['Beach plan.pdf']],
      ['kind=video', []],
      ['status=failed', ['broken.png']],
      ['status=ready&kind=image', ['slash ÄÖ.png', '100%_sure.png', 'beach.png']],
      ['tag=sea', ['100%_sure.png', 'beach.png']],
      ['tag=sea&tag=sun', ['beach.png']],
      ['tag=%C3%BCn%C3%AFcode', ['slash ÄÖ.png']],
      ['tag=se', []],
      ['tag=', null],
      ['tag=a,b', []],
      ['tag=%7Bsea%7D', []],
      ['q=BEACH', ['Beach plan.pdf', 'beach.png']],
      ['q=%25', ['100%_sure.png']],
      ['q=_', ['100%_sure.png']],
      ['q=%5C', []],
      ['q=%C3%84%C3%96', ['slash ÄÖ.png']],
      ['q=A%CC%88O%CC%88', ['slash ÄÖ.png']],
      ["q='%20or%20'1'%3D'1", []],
      ['createdAfter=2000-01-01&createdBefore=2001-01-01T00:00:00Z', []],
    ])('finds by %s', async (query, expected) => {
      if (expected === null) expect((await carol.get(`/v1/media?${query}`)).status).toBe(400);
      else expect(await names(carol, `?${query}`)).toEqual(expected);
    });

    it('finds by moments, which count as outside', async () => {
      const { items } = await page(carol);
      const [, second] = items;
      const after = await names(carol, `?createdAfter=${second?.createdAt}`);
      const before = await names(carol, `?createdBefore=${second?.createdAt}`);
      expect(after).toEqual(['broken.png']);
      expect(before).toEqual(['slash ÄÖ.png', '100%_sure.png', 'beach.png']);
    });

    it('shows the trash apart', async () => {
      const { items } = await page(carol, '?q=beach.png');
      await carol.send('DELETE', `/v1/media/${items[0]?.id}`);
      expect(await names(carol, '?q=beach.png')).toEqual([]);
      expect(await names(carol, '?trashed=true')).toEqual(['beach.png']);
      await carol.send('POST', `/v1/media/${items[0]?.id}/restore`);
      expect(await names(carol, '?trashed=true')).toEqual([]);
    });
  });

  it.each([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=many', 'limit'],
    ['kind=photo', 'kind'],
    ['status=done', 'status'],
    ['createdAfter=yesterday', 'createdAfter'],
    ['createdAfter=2026-02-30', 'createdAfter'],
    ['createdAfter=2026-W01-1', 'createdAfter'],
    ['createdBefore=2026-123', 'createdBefore'],
    ['createdBefore=%2B275000-01-01T00:00:00Z', 'createdBefore'],
    ['trashed=yes', 'trashed'],
    ['q=', 'q'],
    ['q=%00', 'q'],
    ['tag=a%00b', 'tag'],
    ['ownerId=%00', 'ownerId'],
    ['q=a&q=b', 'q'],
    ['unknown=1', 'unknown'],
  ])('refuses %s', async (query, field) => {
    const response = await alice.get(`/v1/media?${query}`);
    const problem = (await response.json()) as ProblemJson;
    expect([response.status, problem.errors?.[0]?.field]).toEqual([400, field]);
  });

  it.each(['x', 'MjAyNi0wMS0wMQ', '%00', 'a'.repeat(201)])('refuses the cursor %s', async (cursor) => {
    const response = await alice.get(`/v1/media?cursor=${cursor}`);
    expect(response.status).toBe(400);
    await response.body?.cancel();
  });

  it('pages through all once, while others are added and taken away', async () => {
    const dave = await Api.as(service, { sub: 'dave' });
    await Promise.all(Array.from({ length: 12 }, (_, index) => upload(dave, `a${index}.png`)));
    // All of one moment: the id decides.
    await onDatabase(service, "update media set created_at = '2026-01-01' where owner_id = 'dave'");
    const all = await page(dave, '?limit=100');
    expect(all.items.length).toBe(12);
    expect(all.nextCursor).toBeNull();

    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const next: Page = await page(dave, `?limit=5${cursor ? `&cursor=${cursor}` : ''}`);
      seen.push(...next.items.map(({ id }) => id));
      cursor = next.nextCursor;
      await upload(dave, `new-${seen.length}.png`);
      if (seen.length === 5) await dave.send('DELETE', `/v1/media/${seen[4]}?permanent=true`);
    } while (cursor !== null);
    expect(seen).toEqual(all.items.map(({ id }) => id));
  });

  it('loses none of the same millisecond', async () => {
    const eve = await Api.as(service, { sub: 'eve' });
    for (let index = 0; index < 6; index += 1) await upload(eve, `e${index}.png`);
    const rows = await onDatabase<{ id: string }>(
      service,
      "select id from media where owner_id = 'eve' order by id",
    );
    for (const [index, { id }] of rows.entries()) {
      await onDatabase(
        service,
        "update media set created_at = '2026-01-01 00:00:00.123'::timestamptz + $2 * interval '1 microsecond' where id = $1",
        [id, 100 * (6 - index)],
      );
    }
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const next: Page = await page(eve, `?limit=1${cursor ? `&cursor=${cursor}` : ''}`);
      seen.push(...next.items.map(({ id }) => id));
      cursor = next.nextCursor;
    } while (cursor !== null && seen.length < 10);
    expect(new Set(seen).size).toBe(6);
    expect(seen.length).toBe(6);
  });

  describe('of others', () => {
    beforeAll(async () => {
      const owner = await Api.as(service, { sub: 'frank', org: 'acme' });
      for (const visibility of ['private', 'org', 'public'])
        await upload(owner, `${visibility}.png`, { visibility });
      const trashed = await upload(owner, 'trashed.png', { visibility: 'public' });
      await owner.send('DELETE', `/v1/media/${trashed.id}`);
    });

    it.each([
      ['the owner', { sub: 'frank', org: 'acme' }, ['public.png', 'org.png', 'private.png']],
      ['a member of the organization', { sub: 'alice', org: 'acme' }, ['public.png', 'org.png']],
      ['a member of another', { sub: 'alice', org: 'rival' }, ['public.png']],
      ['a member of none', { sub: 'bob' }, ['public.png']],
      ['an admin', { sub: 'root', scopes: ['admin' as const] }, ['public.png', 'org.png', 'private.png']],
    ])('shows %s what they may see', async (_name, caller, expected) => {
      const api = await Api.as(service, caller);
      expect(await names(api, '?ownerId=frank')).toEqual(expected);
    });

    it("shows nobody another's trash but an admin", async () => {
      const trash = async (caller: Parameters<typeof Api.as>[1]) =>
        names(await Api.as(service, caller), '?ownerId=frank&trashed=true');
      expect(await trash({ sub: 'alice', org: 'acme' })).toEqual([]);
      expect(await trash({ sub: 'frank' })).toEqual(['trashed.png']);
      expect(await trash({ sub: 'root', scopes: ['admin'] })).toEqual(['trashed.png']);
    });

    it('shows an admin the media of all, and others their own alone', async () => {
      const admin = await Api.as(service, { sub: 'root', scopes: ['admin'] });
      const owners = new Set((await page(admin, '?limit=100')).items.map(({ ownerId }) => ownerId));
      expect(owners.size).toBeGreaterThan(3);
      const own = await page(await Api.as(service, { sub: 'frank', org: 'acme' }));
      expect(new Set(own.items.map(({ ownerId }) => ownerId))).toEqual(new Set(['frank']));
    });

    it("grants nothing by another's cursor", async () => {
      const { nextCursor } = await page(await Api.as(service, { sub: 'frank' }), '?limit=1');
      expect(await names(await Api.as(service, { sub: 'bob' }), `?cursor=${nextCursor}`)).toEqual([]);
    });
  });
});
