import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp, { type Sharp } from 'sharp';
import { Api, type MediaJson, onDatabase, problemOf } from '../support/api.js';
import { pdf } from '../support/pictures.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface Duplicates {
  items: { media: MediaJson; match: 'exact' | 'near'; distance: number | null }[];
}

const [WIDTH, HEIGHT] = [640, 480];

/** Twenty rectangles on white, other ones for each seed. */
function drawn(seed: number): Sharp {
  let state = seed;
  const next = (below: number): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
  const data = Buffer.alloc(WIDTH * HEIGHT * 3, 255);
  for (let count = 0; count < 20; count += 1) {
    const [left, top, width, height] = [next(560), next(420), 40 + next(200), 40 + next(160)];
    const colour = [next(256), next(256), next(256)];
    for (let y = top; y < Math.min(top + height, HEIGHT); y += 1)
      for (let x = left; x < Math.min(left + width, WIDTH); x += 1) data.set(colour, (y * WIDTH + x) * 3);
  }
  return sharp(data, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });
}

describe('duplicates', () => {
  let service: TestApp;
  let users = 0;
  beforeAll(async () => {
    service = await startTestApp();
  });
  afterAll(() => service.close());

  /** Someone who has nothing yet. */
  const someone = (org?: string): Promise<Api> => {
    users += 1;
    return Api.as(service, { sub: `user-${users}`, ...(org && { org }) });
  };
  const at = (id: string, query = '') => `/v1/media/${id}/duplicates${query}`;
  const found = async (api: Api, { id }: MediaJson, query = '') =>
    (await api.json<Duplicates>(at(id, query))).items.map(({ media, match }) => [media.id, match]);

  it('are those with the same bytes first, then those that look alike, the nearest first', async () => {
    const api = await someone();
    const original = await api.uploadReady(await drawn(1).png().toBuffer());
    const same = await api.uploadReady(await drawn(1).png().toBuffer(), { name: 'again.png' });
    const jpeg = { name: 'a.jpg', type: 'image/jpeg' };
    const encoded = await api.uploadReady(await drawn(1).jpeg({ quality: 60 }).toBuffer(), jpeg);
    const cut = await api.uploadReady(
      await sharp(await drawn(1).png().toBuffer())
        .extract({ left: 6, top: 5, width: 628, height: 470 })
        .png()
        .toBuffer(),
    );
    const turned = await api.uploadReady(
      await sharp(await drawn(1).rotate(90).png().toBuffer())
        .withMetadata({ orientation: 8 })
        .jpeg()
        .toBuffer(),
      jpeg,
    );
    await api.uploadReady(await drawn(2).png().toBuffer());

    const { items } = await api.json<Duplicates>(at(original.id));
    expect(items[0]).toEqual({ media: same, match: 'exact', distance: null });
    expect(new Set(items.slice(1).map(({ media }) => media.id))).toEqual(
      new Set([encoded.id, cut.id, turned.id]),
    );
    const distances = items.slice(1).map(({ distance }) => distance ?? -1);
    expect(distances).toEqual(distances.toSorted((a, b) => a - b));
    expect(distances[0]).toBeGreaterThanOrEqual(0);
    expect(items.at(-1)).toMatchObject({ media: { id: cut.id }, match: 'near' });

    const cutDistance = distances.at(-1) ?? 0;
    expect(cutDistance).toBeGreaterThan(0);
    expect(await found(api, original, `?maxDistance=${cutDistance - 1}`)).not.toContainEqual([
      cut.id,
      'near',
    ]);
    expect(await found(api, original, '?limit=1')).toEqual([[same.id, 'exact']]);
    expect((await found(api, cut)).length).toBe(4);
  });

  it('are the same bytes alone for what is no picture', async () => {
    const api = await someone();
    const options = { name: 'a.pdf', type: 'application/pdf' };
    const [first, second] = [await api.uploadReady(pdf, options), await api.uploadReady(pdf, options)];
    await api.uploadReady(Buffer.concat([pdf, Buffer.from('%\n')]), options);
    expect(await found(api, first)).toEqual([[second.id, 'exact']]);
  });

  it('are found where equal bytes were stored twice before originals were shared', async () => {
    const api = await someone();
    const bytes = await drawn(3).png().toBuffer();
    const [first, second] = [await api.uploadReady(bytes), await api.uploadReady(bytes)];
    await onDatabase(
      service,
      `with apart as (insert into blob (id, space, size_bytes, storage_key)
         values ($1, 'user:x', 1, 'media/former') returning id)
       update media set blob_id = apart.id from apart where media.id = $1`,
      [second.id],
    );
    expect(await found(api, first)).toEqual([[second.id, 'exact']]);
  });

  it('are never in another space, nor in the trash', async () => {
    const api = await someone();
    const bytes = await drawn(4).png().toBuffer();
    const own = await api.uploadReady(bytes);
    const sub = own.ownerId;
    for (const other of [await someone(), await Api.as(service, { sub, org: 'acme' })])
      await other.uploadReady(bytes, { fields: { visibility: 'public' } });
    expect(await found(api, own)).toEqual([]);

    const trashed = await api.uploadReady(bytes);
    expect(await found(api, own)).toEqual([[trashed.id, 'exact']]);
    await api.send('DELETE', `/v1/media/${trashed.id}`);
    expect(await found(api, own)).toEqual([]);
    expect(await found(api, trashed)).toEqual([[own.id, 'exact']]);
  });

  it('of an organization are those that the caller may read', async () => {
    const [alice, bob] = [await someone('globex'), await someone('globex')];
    const bytes = await drawn(5).png().toBuffer();
    const near = await drawn(5).jpeg({ quality: 70 }).toBuffer();
    const upload = (api: Api, visibility: string, picture = bytes) =>
      api.uploadReady(picture, {
        fields: { visibility },
        ...(picture === near && { name: 'a.jpg', type: 'image/jpeg' }),
      });
    const [hers, shared] = [await upload(alice, 'private'), await upload(alice, 'org')];
    const [his, hisNear] = [await upload(bob, 'private'), await upload(bob, 'private', near)];
    const sharedNear = await upload(alice, 'org', near);
    expect(await found(bob, shared)).toEqual([
      [his.id, 'exact'],
      [sharedNear.id, 'near'],
      [hisNear.id, 'near'],
    ]);
    expect(await found(alice, shared)).toEqual([
      [hers.id, 'exact'],
      [sharedNear.id, 'near'],
    ]);
    expect(await problemOf(await bob.get(at(hers.id)))).toBe('404 MEDIA_NOT_FOUND');
    const admin = await Api.as(service, { sub: 'root', scopes: ['admin'] });
    expect((await found(admin, shared)).length).toBe(4);
  });

  it('of what is public are for others those alone that are public too', async () => {
    const api = await someone();
    const bytes = await drawn(6).png().toBuffer();
    const shown = await api.uploadReady(bytes, { fields: { visibility: 'public' } });
    const also = await api.uploadReady(bytes, { fields: { visibility: 'public' } });
    await api.uploadReady(bytes, { fields: { visibility: 'org' } });
    await api.uploadReady(bytes);
    expect(await found(await someone(), shown)).toEqual([[also.id, 'exact']]);
    expect(await problemOf(await Api.anonymous(service).get(at(shown.id)))).toBe('401 UNAUTHENTICATED');
  });

  it.each([
    'maxDistance=12',
    'maxDistance=-1',
    'maxDistance=x',
    'maxDistance=1.5',
    'limit=0',
    'limit=101',
    'distance=3',
  ])('refuse %s', async (query) => {
    const api = await someone();
    expect(await problemOf(await api.get(at('01990000-0000-7000-8000-000000000000', `?${query}`)))).toBe(
      '400 VALIDATION_FAILED',
    );
  });
});
