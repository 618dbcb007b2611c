import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '../../src/database/index.js';
import { MediaRemovalService } from '../../src/media/index.js';
import { formHeaders, multipart, pictureOf } from '../support/multipart.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { tracesOf } from '../support/traces.js';

/** Long enough for another statement to come to the row that is locked. */
const OVERLAP_MS = 300;

describe('a removal that meets a change', () => {
  let service: TestApp;
  let database: Database;
  let authorization: string;
  beforeAll(async () => {
    service = await startTestApp({ env: { ROLE: 'api' } });
    database = service.app.get(Database);
    authorization = await service.bearer();
  });
  afterAll(() => service.close());

  async function uploaded(): Promise<{ id: string; tag: string }> {
    const response = await fetch(`${service.url}/v1/media`, {
      method: 'POST',
      body: multipart([
        { name: 'file', filename: 'a.png', type: 'image/png', body: pictureOf(500) },
      ]) as RequestInit['body'],
      headers: { authorization, ...formHeaders },
    });
    const { id } = (await response.json()) as { id: string };
    return { id, tag: response.headers.get('etag') ?? '' };
  }
  const remove = (id: string, headers: Record<string, string> = {}) =>
    fetch(`${service.url}/v1/media/${id}?permanent=true`, {
      method: 'DELETE',
      headers: { authorization, ...headers },
    });
  const get = (id: string) => fetch(`${service.url}/v1/media/${id}`, { headers: { authorization } });

  /** Changes a media in a transaction that commits only after the removal has come to its row. */
  const changeMeanwhile = (id: string, change: string): Promise<void> =>
    database.transaction(async (tx) => {
      await tx.execute(`update media set ${change}, version = version + 1 where id = ?`, [id], 'run');
      await sleep(OVERLAP_MS);
    });

  it('does not purge what is taken out of the trash at that moment', async () => {
    const { id } = await uploaded();
    await database.unit().execute('update media set deleted_at = now() where id = ?', [id], 'run');
    const restored = changeMeanwhile(id, 'deleted_at = null');
    await sleep(OVERLAP_MS / 3);
    await service.app.get(MediaRemovalService).purgeTrash(new Date(Date.now() + 1000), 10);
    await restored;
    expect((await get(id)).status).toBe(200);
    expect(await tracesOf(service)).toMatchObject({ media: 1, pendingDeletions: 0, usedBytes: 500 });
    await remove(id);
  });

  it('does not purge a version that its caller has not read', async () => {
    const { id, tag } = await uploaded();
    const changed = changeMeanwhile(id, "filename = 'b.png'");
    await sleep(OVERLAP_MS / 3);
    const refused = await remove(id, { 'if-match': tag });
    await changed;
    expect(refused.status).toBe(412);
    const now = (await get(id)).headers.get('etag') ?? '';
    expect((await remove(id, { 'if-match': now })).status).toBe(204);
    expect((await get(id)).status).toBe(404);
  });

  it('purges whatever is there for a caller that does not ask', async () => {
    const { id } = await uploaded();
    const changed = changeMeanwhile(id, "filename = 'b.png'");
    await sleep(OVERLAP_MS / 3);
    expect((await remove(id)).status).toBe(204);
    await changed;
    expect((await get(id)).status).toBe(404);
  });
});
