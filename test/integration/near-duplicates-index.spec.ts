import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Principal } from '../../src/auth/index.js';
import { newId } from '../../src/common/index.js';
import { Database } from '../../src/database/index.js';
import { type DuplicateRow, duplicatesStatement } from '../../src/media/duplicates-query.js';
import { maxHammingDistance } from '../../src/media/hamming-bands.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const ROWS = 20_000;
const QUESTIONS = 25;
const alice: Principal = { userId: 'alice', orgId: null, scopes: new Set(['media:read']) };

function randomHash(): bigint {
  const words = crypto.getRandomValues(new BigInt64Array(1));
  return words[0] ?? 0n;
}

function flip(hash: bigint, bits: number): bigint {
  const flipped = new Set<number>();
  while (flipped.size < bits) flipped.add(Math.floor(Math.random() * 64));
  return [...flipped].reduce((changed, bit) => BigInt.asIntN(64, changed ^ (1n << BigInt(bit))), hash);
}

function distanceOf(a: bigint, b: bigint): number {
  return BigInt.asUintN(64, a ^ b)
    .toString(2)
    .replaceAll('0', '').length;
}

describe(`the search for near duplicates among ${ROWS} images`, () => {
  let service: TestApp;
  const hashes = new Map<string, bigint>();
  const subjects: { id: string; phash: bigint }[] = [];

  beforeAll(async () => {
    service = await startTestApp({ env: { ROLE: 'api' } });
    for (let question = 0; question < QUESTIONS; question += 1) {
      const subject = { id: newId(), phash: randomHash() };
      subjects.push(subject);
      hashes.set(subject.id, subject.phash);
      // Neighbours at every distance up to one beyond the greatest.
      for (let bits = 0; bits <= maxHammingDistance + 1; bits += 1)
        hashes.set(newId(), flip(subject.phash, bits));
    }
    while (hashes.size < ROWS) hashes.set(newId(), randomHash());
    const unit = service.app.get(Database).unit();
    await unit.execute(
      `insert into media (id, owner_id, filename, content_type, kind, size_bytes, sha256, status, visibility, phash)
       select id::uuid, 'alice', 'x', 'image/png', 'image', 1, id, 'ready', 'private', phash
         from json_to_recordset(?) as row(id text, phash bigint)`,
      [JSON.stringify([...hashes].map(([id, phash]) => ({ id, phash: String(phash) })))],
      'run',
    );
    await unit.execute('vacuum analyze media', [], 'run');
  });
  afterAll(() => service.close());

  const statement = ({ id, phash }: { id: string; phash: bigint }, maxDistance: number) =>
    duplicatesStatement(
      { id, phash, ownerId: 'alice', orgId: null, sha256: id },
      { principal: alice, maxDistance, limit: 100 },
    );

  it.each([0, 5, maxHammingDistance])(
    'misses none up to a distance of %i, and finds no other',
    async (max) => {
      for (const subject of subjects) {
        const { sql, parameters } = statement(subject, max);
        const found = await service.app.get(Database).unit().execute<DuplicateRow[]>(sql, parameters);
        const near = [...hashes]
          .map(([id, phash]) => ({ id, distance: distanceOf(phash, subject.phash) }))
          .filter(({ id, distance }) => id !== subject.id && distance <= max)
          .sort((a, b) => a.distance - b.distance || (a.id < b.id ? 1 : -1));
        expect(near.length).toBeGreaterThan(max);
        expect(found).toEqual(near);
      }
    },
  );

  it('looks at the index and not at the table', async () => {
    const [subject] = subjects;
    if (!subject) throw new Error('there is no subject');
    const { sql, parameters } = statement(subject, maxHammingDistance);
    const rows = await service.app
      .get(Database)
      .unit()
      .execute<{ 'QUERY PLAN': string }[]>(`explain (analyze, buffers) ${sql}`, parameters);
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toContain('Bitmap Index Scan on media_phash');
    expect(plan).not.toContain('Seq Scan on media');
  });
});
