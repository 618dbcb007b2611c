import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api, bytesOf, type MediaJson, onDatabase, problemOf } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { type TestApp, startTestApp } from '../support/test-app.js';
import { answerOf, documentOf, metadataOf, Tus } from '../support/tus.js';

const named = (extra: Record<string, string> = {}): string =>
  metadataOf({ filename: 'Ferien 🏖.pdf', filetype: 'application/pdf', ...extra });

describe('tus', () => {
  let app: TestApp;
  let other: TestApp;
  let tus: Tus;
  let api: Api;
  beforeAll(async () => {
    app = await startTestApp({ env: { MAX_UPLOAD_BYTES: String(64 * 1024 ** 2) } });
    other = await startTestApp({ beside: app, env: { ROLE: 'api' } });
    tus = await Tus.as(app);
    api = await Api.as(app);
  });
  afterAll(async () => {
    await other?.close();
    await app?.close();
  });

  async function uploaded(id: string | undefined, body: Buffer): Promise<MediaJson> {
    const media = await api.until(id ?? '');
    expect(media.size).toBe(body.length);
    expect(media.sha256).toBe(createHash('sha256').update(body).digest('hex'));
    const download = await bytesOf(await api.get(`/v1/media/${id}/download`));
    expect(download.equals(body)).toBe(true);
    return media;
  }
  const account = () => api.json<{ usedBytes: number; reservedBytes: number }>('/v1/quotas/users/alice');

  it('makes a media of one body, with what its metadata says', async () => {
    const body = documentOf(200_000);
    const path = await tus.create({
      'upload-length': String(body.length),
      'upload-metadata': named({
        visibility: 'public',
        tags: 'beach,2026',
        customMetadata: '{"album":"Summer"}',
      }),
    });
    expect((await account()).reservedBytes).toBe(body.length);
    const answer = await tus.patch(path, 0, body);
    expect([answer.status, answer.headers['upload-offset']]).toEqual([204, String(body.length)]);
    const media = await uploaded(answer.headers['media-id'], body);
    expect(media).toMatchObject({
      filename: 'Ferien 🏖.pdf',
      contentType: 'application/pdf',
      visibility: 'public',
      tags: ['beach', '2026'],
      customMetadata: { album: 'Summer' },
    });
    expect((await account()).reservedBytes).toBe(0);
    const head = await tus.send('HEAD', path);
    expect(head.headers).toMatchObject({ 'upload-offset': String(body.length), 'media-id': media.id });
  });

  it('goes on across two processes, and keeps what came of a body that broke off', async () => {
    const body = documentOf(3_000_000, 7);
    const path = await tus.create({ 'upload-length': String(body.length), 'upload-metadata': named() });
    const broken = tus.openPatch(path, 0, { 'content-length': String(body.length) });
    broken.on('error', () => undefined);
    broken.write(body.subarray(0, 1_000_000));
    await sleep(200);
    broken.destroy();
    const there = tus.at(other);
    const first = await eventually(async () => {
      const offset = await there.offset(path);
      expect(offset).toBeGreaterThan(0);
      return offset;
    });
    expect(first).toBeLessThanOrEqual(1_000_000);
    const second = await there.patch(path, first, body.subarray(first, 2_000_000));
    expect(second.headers['upload-offset']).toBe('2000000');
    const last = await tus.patch(path, 2_000_000, body.subarray(2_000_000));
    await uploaded(last.headers['media-id'], body);
  });

  it('ends the older of two requests, which keeps what it brought', async () => {
    const body = documentOf(2_000_000, 3);
    const path = await tus.create({ 'upload-length': String(body.length), 'upload-metadata': named() });
    const older = tus.openPatch(path, 0, { 'content-length': String(body.length) });
    older.on('error', () => undefined);
    const olderAnswer = answerOf(older).catch(() => null);
    older.write(body.subarray(0, 500_000));
    await eventually(async () => {
      const rows = await onDatabase<{ lease_until: Date | null }>(
        app,
        'select lease_until from upload where id = $1',
        [path.split('/').at(-1)],
      );
      expect(rows[0]?.lease_until).not.toBeNull();
    });
    await sleep(200);
    const startedAt = Date.now();
    const offset = await tus.at(other).offset(path);
    expect(Date.now() - startedAt).toBeLessThan(5000);
    expect(offset).toBe(500_000);
    expect((await olderAnswer)?.status).toBe(409);
    const answer = await tus.at(other).patch(path, offset, body.subarray(offset));
    await uploaded(answer.headers['media-id'], body);
  });

  it('lets no holder that seemed dead acknowledge anything', async () => {
    const body = documentOf(900_000, 5);
    const path = await tus.create({ 'upload-length': String(body.length), 'upload-metadata': named() });
    const id = path.split('/').at(-1) ?? '';
    const zombie = tus.openPatch(path, 0, { 'content-length': String(body.length) });
    zombie.on('error', () => undefined);
    const zombieAnswer = answerOf(zombie).catch(() => null);
    zombie.write(Buffer.concat([body.subarray(0, 300_000)]));
    await sleep(300);
    // The process stands still for longer than its lease: another one takes over without an answer from it.
    await onDatabase(
      app,
      "update upload set lease_token = lease_token + 1, lease_until = now() - interval '1 s' where id = $1",
      [id],
    );
    const before = await tus.at(other).offset(path);
    const answer = await tus.at(other).patch(path, before, body.subarray(before));
    expect(answer.status).toBe(204);
    zombie.end(Buffer.alloc(600_000, 0x5a));
    expect((await zombieAnswer)?.status ?? 409).toBe(409);
    await uploaded(answer.headers['media-id'], body);
  });

  it('finishes an upload whose request died with the last byte, when it is asked for and by itself', async () => {
    for (const asked of [true, false]) {
      const body = documentOf(100_000, asked ? 11 : 12);
      const path = await tus.create({ 'upload-length': String(body.length), 'upload-metadata': named() });
      const id = path.split('/').at(-1) ?? '';
      expect((await tus.patch(path, 0, body.subarray(0, 60_000))).status).toBe(204);
      // As if the process had died after the bytes were noted: the size was the smaller one all along.
      await onDatabase(app, 'update upload set size_bytes = 60000 where id = $1', [id]);
      await onDatabase(app, 'update quota_reservation set bytes = bytes where id = $1', [id]);
      if (asked) expect((await tus.send('HEAD', path)).headers['media-id']).toBe(id);
      const media = await eventually(() => api.json<MediaJson>(`/v1/media/${id}`), 90_000);
      expect(media.size).toBe(60_000);
    }
  }, 120_000);

  it('takes first bytes, or all, with the creation', async () => {
    const body = documentOf(50_000, 21);
    const some = await tus.send('POST', '/v1/tus', {
      headers: {
        'upload-length': String(body.length),
        'upload-metadata': named(),
        'content-type': 'application/offset+octet-stream',
      },
      body: body.subarray(0, 20_000),
    });
    expect([some.status, some.headers['upload-offset']]).toEqual([201, '20000']);
    const rest = await tus.patch(
      new URL(some.headers['location'] ?? '').pathname,
      20_000,
      body.subarray(20_000),
    );
    await uploaded(rest.headers['media-id'], body);
  });

  it('learns the length later', async () => {
    const body = documentOf(80_000, 31);
    const path = await tus.create({ 'upload-defer-length': '1', 'upload-metadata': named() });
    expect((await tus.send('HEAD', path)).headers).toMatchObject({
      'upload-defer-length': '1',
      'upload-offset': '0',
    });
    expect((await tus.patch(path, 0, body.subarray(0, 30_000))).status).toBe(204);
    const wrong = await tus.patch(path, 30_000, Buffer.alloc(0), { 'upload-length': '20000' });
    expect(wrong.status).toBe(400);
    const answer = await tus.patch(path, 30_000, body.subarray(30_000), { 'upload-length': '80000' });
    await uploaded(answer.headers['media-id'], body);
  });

  it('discards a body with a wrong checksum whole, and takes the right one', async () => {
    const body = documentOf(40_000, 41);
    const path = await tus.create({ 'upload-length': String(body.length), 'upload-metadata': named() });
    await tus.patch(path, 0, body.subarray(0, 10_000));
    const sum = (algorithm: string, bytes: Buffer): string =>
      `${algorithm} ${createHash(algorithm).update(bytes).digest('base64')}`;
    const part = body.subarray(10_000, 25_000);
    const wrong = await tus.patch(path, 10_000, part, {
      'upload-checksum': sum('sha1', Buffer.from('other')),
    });
    expect([wrong.status, JSON.parse(wrong.body).code]).toEqual([460, 'TUS_CHECKSUM_MISMATCH']);
    expect(await tus.offset(path)).toBe(10_000);
    const unknown = await tus.patch(path, 10_000, part, { 'upload-checksum': sum('md5', part) });
    expect(unknown.status).toBe(400);
    expect((await tus.patch(path, 10_000, part, { 'upload-checksum': sum('sha1', part) })).status).toBe(204);
    const rest = body.subarray(25_000);
    const answer = await tus.patch(path, 25_000, rest, { 'upload-checksum': sum('sha256', rest) });
    await uploaded(answer.headers['media-id'], body);
  });

  it('puts partial uploads together, which are used up by it, and reserves their bytes once', async () => {
    const body = documentOf(120_000, 51);
    const before = (await account()).reservedBytes;
    const cuts = [0, 50_000, 90_000, 120_000];
    const paths: string[] = [];
    for (const [index, start] of cuts.slice(0, -1).entries()) {
      const part = body.subarray(start, cuts[index + 1]);
      const path = await tus.create({ 'upload-length': String(part.length), 'upload-concat': 'partial' });
      expect((await tus.patch(path, 0, part)).headers['media-id']).toBeUndefined();
      paths.push(path);
    }
    expect((await account()).reservedBytes).toBe(before + body.length);
    const final = await tus.send('POST', '/v1/tus', {
      headers: {
        'upload-concat': `final;${paths.map((path, index) => (index ? path : app.url + path)).join(' ')}`,
        'upload-metadata': named(),
      },
    });
    expect(final.status).toBe(201);
    await uploaded(final.headers['media-id'], body);
    expect((await account()).reservedBytes).toBe(before);
    expect((await tus.send('HEAD', paths[0] ?? '')).status).toBe(404);
    const path = new URL(final.headers['location'] ?? '').pathname;
    expect((await tus.patch(path, 0, body)).status).toBe(403);
  });

  it.each([
    ['a part that is not complete', (paths: string[]) => `final;${paths[1]}`, 400],
    ['a part twice', (paths: string[]) => `final;${paths[0]} ${paths[0]}`, 400],
    ['what is not partial', (paths: string[]) => `final;${paths[2]}`, 400],
    ['what is not there', () => 'final;/v1/tus/01990000-0000-7000-8000-000000000000', 404],
    ['what is no URL of an upload', () => 'final;/etc/passwd', 400],
    ['nothing', () => 'final;', 400],
  ])('refuses to put together %s', async (_name, list, status) => {
    const whole = documentOf(1000);
    const complete = await tus.create({ 'upload-length': '1000', 'upload-concat': 'partial' });
    await tus.patch(complete, 0, whole);
    const begun = await tus.create({ 'upload-length': '1000', 'upload-concat': 'partial' });
    const plain = await tus.create({ 'upload-length': '1000' });
    const answer = await tus.send('POST', '/v1/tus', {
      headers: { 'upload-concat': list([complete, begun, plain]) },
    });
    expect(answer.status).toBe(status);
  });

  it("refuses to put another account's uploads together, also for an admin", async () => {
    const path = await tus.create({ 'upload-length': '1000', 'upload-concat': 'partial' });
    await tus.patch(path, 0, documentOf(1000));
    const headers = { 'upload-concat': `final;${path}` };
    const admin = await Tus.as(app, { sub: 'root', scopes: ['media:write', 'admin'] });
    expect((await admin.send('POST', '/v1/tus', { headers })).status).toBe(400);
    const elsewhere = await Tus.as(app, { org: 'acme' });
    expect((await elsewhere.send('POST', '/v1/tus', { headers })).status).toBe(400);
  });

  it('refuses a file for its content with the first bytes, and another in the end', async () => {
    const script = Buffer.concat([
      Buffer.from('<html><script>alert(1)</script>'),
      Buffer.alloc(200_000, 0x20),
    ]);
    const path = await tus.create({ 'upload-length': String(script.length * 2), 'upload-metadata': named() });
    const early = await tus.patch(path, 0, script);
    expect([early.status, JSON.parse(early.body).code]).toEqual([415, 'CONTENT_TYPE_MISMATCH']);
    expect(await tus.offset(path)).toBeLessThan(64 * 1024);
    const small = script.subarray(0, 1000);
    const late = await tus.create({ 'upload-length': '1000', 'upload-metadata': named() });
    expect((await tus.patch(late, 0, small)).status).toBe(415);
    const gone = await tus.send('HEAD', late);
    expect([gone.status, gone.headers['upload-offset']]).toEqual([410, undefined]);
  });

  it('terminates: bytes and reservation are free, and the upload is not there any more', async () => {
    const before = (await account()).reservedBytes;
    const path = await tus.create({ 'upload-length': '500000', 'upload-metadata': named() });
    await tus.patch(path, 0, documentOf(200_000));
    expect((await tus.send('DELETE', path)).status).toBe(204);
    expect((await account()).reservedBytes).toBe(before);
    expect((await tus.send('HEAD', path)).status).toBe(404);
    expect((await tus.patch(path, 200_000, Buffer.alloc(1))).status).toBe(404);
  });

  it('shows an upload to nobody but its owner', async () => {
    const path = await tus.create({ 'upload-length': '5000', 'upload-metadata': named() });
    const bob = await Tus.as(app, { sub: 'bob' });
    expect((await bob.send('HEAD', path)).status).toBe(404);
    expect((await bob.patch(path, 0, documentOf(5000))).status).toBe(404);
    expect((await bob.send('DELETE', path)).status).toBe(404);
    const reader = await Tus.as(app, { scopes: ['media:read'] });
    expect((await reader.send('HEAD', path)).status).toBe(403);
    expect(await problemOf(await Api.anonymous(app).request(path, { method: 'PATCH' }))).toBe(
      '401 UNAUTHENTICATED',
    );
    expect((await api.get(path)).status).toBe(404);
  });

  it.each([
    ['no version', { 'tus-resumable': '' }, 412, 'TUS_VERSION_UNSUPPORTED'],
    ['another version', { 'tus-resumable': '0.2.2' }, 412, 'TUS_VERSION_UNSUPPORTED'],
    ['no length', {}, 400, 'TUS_HEADER_INVALID'],
    ['two lengths', { 'upload-length': '5', 'upload-defer-length': '1' }, 400, 'TUS_HEADER_INVALID'],
    ['a length that is none', { 'upload-length': '-5' }, 400, 'TUS_HEADER_INVALID'],
    ['deferral of another kind', { 'upload-defer-length': '2' }, 400, 'TUS_HEADER_INVALID'],
    ['nothing to upload', { 'upload-length': '0' }, 422, 'UPLOAD_EMPTY'],
    ['more than the limit', { 'upload-length': String(65 * 1024 ** 2) }, 413, 'UPLOAD_TOO_LARGE'],
    [
      'metadata that is not base64',
      { 'upload-length': '5', 'upload-metadata': 'filename a.pdf' },
      400,
      'TUS_METADATA_INVALID',
    ],
    [
      'a key twice',
      { 'upload-length': '5', 'upload-metadata': 'a YQ==,a YQ==' },
      400,
      'TUS_METADATA_INVALID',
    ],
    [
      'a visibility that is none',
      { 'upload-length': '5', 'upload-metadata': metadataOf({ visibility: 'all' }) },
      400,
      'VALIDATION_FAILED',
    ],
  ])('refuses a creation with %s', async (_name, headers, status, code) => {
    const answer = await tus.send('POST', '/v1/tus', { headers });
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([status, code]);
    expect(answer.headers['tus-resumable']).toBe('1.0.0');
  });

  it.each(['a\r\nX-Evil: 1\r\n.pdf', 'a\0.pdf'])(
    'refuses the file name %j, which sets no header',
    async (filename) => {
      const answer = await tus.send('POST', '/v1/tus', {
        headers: { 'upload-length': '3000', 'upload-metadata': metadataOf({ filename }) },
      });
      expect([answer.status, JSON.parse(answer.body).code]).toEqual([400, 'TUS_METADATA_INVALID']);
      expect(answer.headers['x-evil']).toBeUndefined();
    },
  );

  it('does what X-HTTP-Method-Override says', async () => {
    const body = documentOf(3000, 71);
    const path = await tus.create({ 'upload-length': '3000', 'upload-metadata': named() });
    const answer = await tus.send('POST', path, {
      headers: {
        'x-http-method-override': 'PATCH',
        'content-type': 'application/offset+octet-stream',
        'upload-offset': '0',
      },
      body,
    });
    expect(answer.status).toBe(204);
    await uploaded(answer.headers['media-id'], body);
  });

  it('names the origin that clients see', async () => {
    const answer = await tus.send('POST', '/v1/tus', { headers: { 'upload-length': '10' } });
    expect(answer.headers['location']).toMatch(new RegExp(`^${app.url}/v1/tus/[0-9a-f-]{36}$`));
    expect(Date.parse(answer.headers['upload-expires'] ?? '')).toBeGreaterThan(Date.now() + 23 * 3_600_000);
  });

  it('stops waiting when the client that waits is gone', async () => {
    const path = await tus.create({ 'upload-length': '100000', 'upload-metadata': named() });
    const id = path.split('/').at(-1);
    await onDatabase(
      app,
      "update upload set lease_token = 99, lease_until = now() + interval '1 hour' where id = $1",
      [id],
    );
    const waiting = tus.open('HEAD', path);
    waiting.on('error', () => undefined);
    waiting.end();
    await sleep(300);
    waiting.destroy();
    await sleep(300);
    await onDatabase(app, 'update upload set lease_until = null where id = $1', [id]);
    expect(await tus.offset(path)).toBe(0);
  });
});
