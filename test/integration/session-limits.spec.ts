import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api, jsonOf, onDatabase, problemOf } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { type TestApp, startTestApp } from '../support/test-app.js';
import { answerOf, documentOf, Tus } from '../support/tus.js';

const SESSIONS = 5;

describe('limits on upload sessions', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp({
      env: {
        MAX_OPEN_UPLOADS_PER_USER: String(SESSIONS),
        MAX_CONCURRENT_UPLOADS: '2',
        UPLOAD_IDLE_TIMEOUT_SECONDS: '1',
        QUOTA_USER_DEFAULT_BYTES: '1000000',
      },
    });
  });
  afterAll(() => app.close());

  const begin = (api: Api, size = 1000): Promise<Response> =>
    api.send('POST', '/v1/uploads', { body: { filename: 'a.pdf', size } });

  it('count the open ones of a user exactly, also when many are begun at once', async () => {
    const api = await Api.as(app, { sub: 'many' });
    const answers = await Promise.all(Array.from({ length: 4 * SESSIONS }, () => begin(api)));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(SESSIONS);
    const refused = answers.find(({ status }) => status !== 201);
    expect(refused?.headers.get('retry-after')).toBe('60');
    expect(refused && (await problemOf(refused))).toBe('429 UPLOAD_SESSIONS_EXCEEDED');
    const account = await api.json<{ reservedBytes: number }>('/v1/quotas/users/many');
    expect(account.reservedBytes).toBe(SESSIONS * 1000);
    const opened = answers.find(({ status }) => status === 201);
    if (!opened) throw new Error('none was begun');
    const { id } = await jsonOf<{ id: string }>(opened, 201);
    await api.send('DELETE', `/v1/uploads/${id}`);
    expect((await begin(api)).status).toBe(201);
    expect((await begin(await Api.as(app, { sub: 'other' }))).status).toBe(201);
  });

  it('reserve what is announced, and refuse what has no room before the first byte', async () => {
    const api = await Api.as(app, { sub: 'full' });
    expect((await begin(api, 600_000)).status).toBe(201);
    expect(await problemOf(await begin(api, 600_000))).toBe('413 QUOTA_EXCEEDED');
    const tus = await Tus.as(app, { sub: 'full' });
    const answer = await tus.send('POST', '/v1/tus', { headers: { 'upload-length': '600000' } });
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([413, 'QUOTA_EXCEEDED']);
  });

  it('claim quota for a deferred length as bytes come, and keep those that fitted', async () => {
    const tus = await Tus.as(app, { sub: 'deferred' });
    const path = await tus.create({ 'upload-defer-length': '1' });
    const answer = await tus.patch(path, 0, documentOf(1_200_000));
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([413, 'QUOTA_EXCEEDED']);
    const offset = await tus.offset(path);
    expect(offset).toBeGreaterThan(0);
    expect(offset).toBeLessThanOrEqual(1_000_000);
    const account = await (
      await Api.as(app, { sub: 'deferred' })
    ).json<{ reservedBytes: number }>('/v1/quotas/users/deferred');
    expect(account.reservedBytes).toBeGreaterThanOrEqual(offset);
    expect(account.reservedBytes).toBeLessThanOrEqual(1_000_000);
  });

  it('hold a number of bodies at once, and end those that bring nothing', async () => {
    const tus = await Tus.as(app, { sub: 'busy' });
    const api = await Api.as(app, { sub: 'busy' });
    const paths = await Promise.all([1, 2, 3].map(() => tus.create({ 'upload-length': '100000' })));
    const silent = paths.slice(0, 2).map((path) => {
      const outgoing = tus.openPatch(path, 0, { 'content-length': '100000' });
      outgoing.on('error', () => undefined);
      outgoing.write(documentOf(1000));
      return answerOf(outgoing).catch(() => null);
    });
    await sleep(200);
    const busy = await tus.patch(paths[2] ?? '', 0, documentOf(100_000));
    expect([busy.status, JSON.parse(busy.body).code, busy.headers['retry-after']]).toEqual([
      503,
      'UPLOADS_BUSY',
      '5',
    ]);
    const { id } = await jsonOf<{ id: string }>(await begin(api, 1000), 201);
    const part = await api.request(`/v1/uploads/${id}/parts/1`, {
      method: 'PUT',
      body: new Uint8Array(1000),
    });
    expect(await problemOf(part)).toBe('503 UPLOADS_BUSY');
    for (const answer of await Promise.all(silent)) {
      expect([answer?.status, JSON.parse(answer?.body ?? '{}').code]).toEqual([408, 'UPLOAD_IDLE']);
    }
    expect(await tus.offset(paths[0] ?? '')).toBe(1000);
    await eventually(async () =>
      expect((await tus.patch(paths[2] ?? '', 0, documentOf(100_000))).status).toBe(204),
    );
  });

  it('put the end of a session off while it is used', async () => {
    const tus = await Tus.as(app, { sub: 'slow' });
    const path = await tus.create({ 'upload-length': '1000' });
    const id = path.split('/').at(-1);
    await onDatabase(app, "update upload set expires_at = now() + interval '1 minute' where id = $1", [id]);
    const answer = await tus.patch(path, 0, documentOf(500));
    expect(Date.parse(answer.headers['upload-expires'] ?? '')).toBeGreaterThan(Date.now() + 23 * 3_600_000);
    const [row] = await onDatabase<{ reservation: Date; deletion: Date; session: Date }>(
      app,
      `select r.expires_at as reservation, d.due_at as deletion, u.expires_at as session
       from upload u join quota_reservation r using (id)
       join pending_deletion d on d.prefix like '%' || u.id || '/' where u.id = $1`,
      [id],
    );
    expect(row?.reservation.getTime()).toBeGreaterThan(row?.session.getTime() ?? Infinity);
    expect(row?.deletion.getTime()).toBeGreaterThan(row?.session.getTime() ?? Infinity);
  });
});
