import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { MediaClient } from '../support/media-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const json = { 'content-type': 'application/json' };

describe('unusual spellings of requests', () => {
  let service: TestApp;
  let client: MediaClient;
  let admin: MediaClient;
  let picture: Buffer;

  beforeAll(async () => {
    service = await startTestApp();
    client = new MediaClient({ url: service.url, bearer: await service.bearer() });
    admin = new MediaClient({ url: service.url, bearer: await service.bearer({ scopes: ['admin'] }) });
    picture = await sharp({ create: { width: 20, height: 20, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
  });
  afterAll(() => service.close());

  async function readyMedia(): Promise<string> {
    const { id } = await client.upload(picture);
    await client.until(id, 'ready');
    return id;
  }

  it('takes an id in upper case through reprocess and permanent delete', async () => {
    const id = await readyMedia();
    const reprocess = await client.request(`/v1/media/${id.toUpperCase()}/reprocess`, { method: 'POST' });
    expect(reprocess.status).toBe(202);
    await client.until(id, 'ready');
    const path = `/v1/media/${id.toUpperCase()}?permanent=true`;
    expect((await client.request(path, { method: 'DELETE' })).status).toBe(204);
    expect((await client.request(`/v1/media/${id}`)).status).toBe(404);
  });

  it('takes ids in upper case in a batch', async () => {
    const id = await readyMedia();
    const body = JSON.stringify({ ids: [id.toUpperCase()], permanent: true });
    const response = await client.request('/v1/media/batch/delete', { method: 'POST', headers: json, body });
    expect(await response.json()).toEqual({ results: [{ id, status: 204 }] });
  });

  it('takes a patch under its own media type (RFC 7396)', async () => {
    const id = await readyMedia();
    const response = await client.request(`/v1/media/${id}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/merge-patch+json' },
      body: JSON.stringify({ tags: ['beach'] }),
    });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ tags: ['beach'] });
  });

  it.each(['/v1/quotas/users/%00', '/v1/quotas/orgs/a%00b', '/v1/stats/users/%00'])(
    'knows no account %s',
    async (path) => {
      expect((await admin.request(path)).status).toBe(404);
    },
  );

  it('sets no limit for, and recalculates, no account that can not be', async () => {
    const limit = { method: 'PUT', headers: json, body: JSON.stringify({ limitBytes: 1 }) };
    expect((await admin.request('/v1/quotas/users/%00', limit)).status).toBe(404);
    const recalculation = { method: 'POST', headers: json, body: JSON.stringify({ userId: '\0' }) };
    expect((await admin.request('/v1/admin/quotas/recalculate', recalculation)).status).toBe(400);
  });
});
