import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { Database } from '../../src/database/index.js';
import { ObjectStore } from '../../src/storage/index.js';
import { eventually } from './eventually.js';
import type { TestApp } from './test-app.js';

/** Everything that an upload can leave in the service. */
export interface Traces {
  media: number;
  originals: number;
  objects: string[];
  /** Files that are being written. */
  unfinished: string[];
  reservations: number;
  pendingDeletions: number;
  reservedBytes: number;
  usedBytes: number;
}

/** What a service holds that nothing was uploaded to. */
export const noTraces: Traces = {
  media: 0,
  originals: 0,
  objects: [],
  unfinished: [],
  reservations: 0,
  pendingDeletions: 0,
  reservedBytes: 0,
  usedBytes: 0,
};

export async function tracesOf({ app, dataDir }: TestApp): Promise<Traces> {
  const objects: string[] = [];
  for await (const { key } of app.get(ObjectStore).list('')) objects.push(key);
  const [row = {}] = await app
    .get(Database)
    .unit()
    .execute<Record<string, string>[]>(
      `select (select count(*) from media) as media,
            (select count(*) from blob) as originals,
            (select count(*) from quota_reservation) as reservations,
            (select count(*) from pending_deletion) as pending,
            (select coalesce(sum(reserved_bytes), 0) from quota where scope = 'user') as reserved,
            (select coalesce(sum(used_bytes), 0) from quota where scope = 'user') as used`,
    );
  return {
    media: Number(row['media']),
    originals: Number(row['originals']),
    objects,
    unfinished: await readdir(join(dataDir, 'objects', '.tmp')),
    reservations: Number(row['reservations']),
    pendingDeletions: Number(row['pending']),
    reservedBytes: Number(row['reserved']),
    usedBytes: Number(row['used']),
  };
}

/** Waits until a service holds what is expected, or more than was asked about. */
export function untilTraces(
  service: TestApp,
  expected: Partial<Record<keyof Traces, unknown>>,
): Promise<Traces> {
  return eventually(async () => {
    const traces = await tracesOf(service);
    expect(traces).toMatchObject(expected);
    return traces;
  });
}

/** Forgets all media, claims and objects of a service, between tests that share it. */
export async function clear({ app }: TestApp): Promise<void> {
  await app
    .get(Database)
    .unit()
    .execute('truncate media, blob, quota, quota_reservation, pending_deletion, outbox cascade');
  for (const { key } of await Array.fromAsync(app.get(ObjectStore).list(''))) {
    await app.get(ObjectStore).delete(key);
  }
}
