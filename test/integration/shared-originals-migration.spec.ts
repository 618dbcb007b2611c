import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { migrateDown, migrateUp, type OrmSettings } from '../../src/database/index.js';
import { entities } from '../../src/entities.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const idOf = (number: number) => `01990000-0000-7000-8000-0000000000${String(number).padStart(2, '0')}`;
const keyOf = (number: number) => `media/${String(number).padStart(2, '0')}/${idOf(number)}/original`;

describe('the migration to shared originals', () => {
  let database: TestDatabase;
  let settings: OrmSettings;
  let client: pg.Client;
  /** How many migrations have to be taken back for the version before it. */
  let steps: number;
  beforeEach(async () => {
    database = await createTestDatabase();
    settings = { url: database.url, poolSize: 2, entities };
    const applied = await migrateUp(settings);
    steps = applied.length - applied.indexOf('0002_shared_originals');
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
  });
  afterEach(async () => {
    await client.end();
    await database.drop();
  });

  /** A media as the version before wrote it. */
  const insert = (number: number, [ownerId, orgId, sha256]: [string, string | null, string]) =>
    client.query(
      `insert into media (id, owner_id, org_id, filename, content_type, kind, size_bytes, sha256, status, visibility)
       values ($1, $2, $3, 'x', 'image/png', 'image', 7, $4, 'ready', 'private')`,
      [idOf(number), ownerId, orgId, sha256],
    );
  const blobs = async () => {
    const { rows } = await client.query<Record<string, unknown>>(
      `select media.id as media, blob.id, space, blob.sha256, blob.size_bytes::int as size, storage_key as key
       from media left join blob on blob.id = blob_id order by media.id`,
    );
    return rows;
  };

  it('gives every media a row where its bytes are, and of equal ones shares the first from now on', async () => {
    await migrateDown(settings, steps);
    const media: [string, string | null, string][] = [
      ['alice', null, 'a'],
      ['alice', null, 'a'],
      ['alice', 'acme', 'a'],
      ['bob', 'acme', 'a'],
      ['alice', null, 'b'],
    ];
    for (const [index, row] of media.entries()) await insert(index + 10, row);
    await client.query('listen media_changed');
    let notified = 0;
    client.on('notification', () => (notified += 1));
    await migrateUp(settings);

    const row = (number: number, space: string, sha256: string | null) => ({
      media: idOf(number),
      id: idOf(number),
      space,
      sha256,
      size: 7,
      key: keyOf(number),
    });
    expect(await blobs()).toEqual([
      row(10, 'user:alice', 'a'),
      row(11, 'user:alice', null),
      row(12, 'org:acme', 'a'),
      row(13, 'org:acme', null),
      row(14, 'user:alice', 'b'),
    ]);
    expect(notified).toBe(0);
    await client.query("update media set filename = 'y'");
    expect(notified).toBe(5);

    await migrateDown(settings, steps);
    const { rows } = await client.query('select sha256 from media order by id');
    expect(rows).toEqual(media.map(([, , sha256]) => ({ sha256 })));
  });

  it.each([
    ['were stored since', 'update blob set storage_key = replace(storage_key, $$media/$$, $$originals/$$)'],
    ['share their bytes', `update media set blob_id = '${idOf(10)}'`],
    ['are not hashed yet', 'update media set sha256 = null'],
    ['have no bytes yet', 'update media set blob_id = null'],
  ])('is not taken back once there are media that %s', async (_what, change) => {
    await migrateDown(settings, steps);
    await insert(10, ['alice', null, 'a']);
    await insert(11, ['alice', null, 'b']);
    await migrateUp(settings);
    await client.query(change);
    await expect(migrateDown(settings, steps)).rejects.toThrow(/older version would not find their bytes/);
    expect(await blobs()).toHaveLength(2);
  });
});
