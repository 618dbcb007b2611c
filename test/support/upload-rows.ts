import { onDatabase } from './api.js';
import type { TestApp } from './test-app.js';

let rows = 0;

function newRowId(): string {
  rows += 1;
  return `0199aaaa-0000-7000-8000-${String(rows).padStart(12, '0')}`;
}

interface UploadRow {
  protocol?: 'tus' | 'multipart' | 'import';
  owner?: string;
  size?: number | null;
}

/** An upload session as a row alone: nobody works on it. @returns its id */
export async function insertUpload(
  service: TestApp,
  { protocol = 'tus', owner = 'alice', size = 1000 }: UploadRow = {},
): Promise<string> {
  const id = newRowId();
  await onDatabase(
    service,
    `insert into upload (id, protocol, owner_id, visibility, assembly, size_bytes, expires_at)
       values ($1, $2, $3, 'private', 'none', $4, now() + interval '1 hour')`,
    [id, protocol, owner, size],
  );
  return id;
}

/** Many of them at once. */
export async function insertUploads(service: TestApp, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < count; i += 1) ids.push(newRowId());
  await onDatabase(
    service,
    `insert into upload (id, protocol, owner_id, visibility, assembly, size_bytes, expires_at)
       select id, 'tus', 'alice', 'private', 'none', 1000, now() + interval '1 hour' from unnest($1::uuid[]) id`,
    [ids],
  );
  return ids;
}

/** @param assignments for example `offset_bytes = 400` */
export async function setUpload(service: TestApp, id: string, assignments: string): Promise<void> {
  await onDatabase(service, `update upload set ${assignments} where id = $1`, [id]);
}
