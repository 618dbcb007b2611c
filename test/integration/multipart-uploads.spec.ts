import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ObjectStore, uploadKey, uploadPrefix } from '../../src/storage/index.js';
import { UploadUpkeepService } from '../../src/uploads/session/upload-upkeep.service.js';
import { Api, bytesOf, jsonOf, type MediaJson, onDatabase, problemOf } from '../support/api.js';
import { s3Environment, type S3Server, startS3Server } from '../support/s3-server.js';
import { type TestApp, startTestApp } from '../support/test-app.js';
import { documentOf } from '../support/tus.js';

const MIB = 1024 ** 2;
const PART = 5 * MIB;
const SIZE = 2 * PART + 100_000;

interface Session {
  id: string;
  state: string;
  partSize: number;
  partCount: number;
  receivedBytes: number;
  parts: { partNumber: number; etag: string; size: number }[];
}

interface Account {
  usedBytes: number;
  reservedBytes: number;
  mediaCount: number;
}

describe.each(['local', 's3'] as const)('multipart sessions on %s', (driver) => {
  let s3: S3Server | null = null;
  let app: TestApp;
  let api: Api;
  const whole = documentOf(SIZE, driver === 'local' ? 5 : 6);
  beforeAll(async () => {
    s3 = driver === 's3' ? await startS3Server() : null;
    app = await startTestApp({ env: { MAX_UPLOAD_BYTES: String(100 * MIB), ...(s3 && s3Environment(s3)) } });
    api = await Api.as(app);
  });
  afterAll(async () => {
    await app?.close();
    await s3?.stop();
  });

  const begin = async (body: object = {}): Promise<Session> =>
    jsonOf(
      await api.send('POST', '/v1/uploads', {
        body: { filename: 'film.pdf', size: SIZE, partSize: PART, ...body },
      }),
      201,
    );
  const partOf = (number: number, bytes = whole): Buffer =>
    bytes.subarray((number - 1) * PART, number * PART);
  const put = (
    id: string,
    number: number,
    body: Buffer,
    headers: Record<string, string> = {},
  ): Promise<Response> =>
    api.request(`/v1/uploads/${id}/parts/${number}`, { method: 'PUT', body: new Uint8Array(body), headers });
  const complete = (id: string, body?: object): Promise<Response> =>
    api.send('POST', `/v1/uploads/${id}/complete`, body === undefined ? {} : { body });
  const account = () => api.json<Account>('/v1/quotas/users/alice');
  const look = (id: string) => api.json<Session>(`/v1/uploads/${id}`);

  async function delivered(media: MediaJson, bytes: Buffer): Promise<void> {
    await api.until(media.id);
    const download = await bytesOf(await api.get(`/v1/media/${media.id}/download`));
    expect(download.equals(bytes)).toBe(true);
    expect(media.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
  }

  it('takes parts in any order, at once and again, and makes the media of them once', async () => {
    const before = await account();
    const session = await begin({ sha256: createHash('sha256').update(whole).digest('hex'), tags: ['film'] });
    expect(session).toMatchObject({ state: 'open', partSize: PART, partCount: 3, parts: [] });
    expect((await account()).reservedBytes).toBe(before.reservedBytes + SIZE);
    const other = documentOf(PART, 99);
    expect((await put(session.id, 2, other)).status).toBe(200);
    const answers = await Promise.all([3, 1, 2].map((number) => put(session.id, number, partOf(number))));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const parts = (await look(session.id)).parts;
    expect(parts.map(({ partNumber, size }) => [partNumber, size])).toEqual([
      [1, PART],
      [2, PART],
      [3, 100_000],
    ]);
    expect(parts[1]?.etag).toBe(createHash('sha256').update(partOf(2)).digest('hex'));
    const list = parts.map(({ partNumber, etag }) => ({ partNumber, etag }));
    const [first, second] = await Promise.all([complete(session.id, { parts: list }), complete(session.id)]);
    const media = await jsonOf<MediaJson>(first, 201);
    expect((await jsonOf<MediaJson>(second, 201)).id).toBe(media.id);
    expect(media).toMatchObject({ id: session.id, filename: 'film.pdf', tags: ['film'], size: SIZE });
    await delivered(media, whole);
    const third = await complete(session.id, { parts: list.toReversed() });
    expect([third.status, ((await third.json()) as MediaJson).id]).toEqual([201, media.id]);
    const another = [{ ...list[0], etag: 'f'.repeat(64) }, ...list.slice(1)];
    expect(await problemOf(await complete(session.id, { parts: another }))).toBe(
      '409 UPLOAD_COMPLETED_OTHERWISE',
    );
    expect(await problemOf(await put(session.id, 1, partOf(1)))).toBe('409 UPLOAD_NOT_OPEN');
    const after = await account();
    expect(after.reservedBytes).toBe(before.reservedBytes);
    expect(after.usedBytes).toBe(before.usedBytes + SIZE);
  });

  it('keeps a part when its repetition fails, for its checksum or half-way', async () => {
    const session = await begin();
    for (const number of [1, 2, 3]) {
      const md5 = createHash('md5').update(partOf(number)).digest('base64');
      expect((await put(session.id, number, partOf(number), { 'content-md5': md5 })).status).toBe(200);
    }
    const wrong = documentOf(PART, 77);
    const sha256 = createHash('sha256').update(partOf(1)).digest('base64');
    expect(await problemOf(await put(session.id, 1, wrong, { 'x-amz-checksum-sha256': sha256 }))).toBe(
      '422 UPLOAD_PART_CHECKSUM_MISMATCH',
    );
    const controller = new AbortController();
    const broken = api.request(`/v1/uploads/${session.id}/parts/2`, {
      method: 'PUT',
      body: new ReadableStream({
        async pull(stream) {
          await sleep(20);
          if (!controller.signal.aborted) stream.enqueue(new Uint8Array(100_000));
          else stream.close();
        },
      }),
      duplex: 'half',
      signal: controller.signal,
    });
    await sleep(300);
    controller.abort();
    await expect(broken).rejects.toThrow();
    const media = await jsonOf<MediaJson>(await complete(session.id), 201);
    await delivered(media, whole);
  });

  it.each([
    ['a size that is another', 1, PART - 1, {}, '400 UPLOAD_PART_SIZE_INVALID'],
    ['a number that is too high', 4, 10, {}, '404 UPLOAD_PART_UNKNOWN'],
    ['a number that is none', 0, 10, {}, '404 UPLOAD_PART_UNKNOWN'],
    ['a checksum that is none', 3, 100_000, { 'content-md5': 'abc' }, '400 UPLOAD_PART_CHECKSUM_INVALID'],
    ['a body that is parsed', 3, 100_000, { 'content-type': 'application/json' }, '400 BODY_MALFORMED'],
  ])('refuses a part of %s', async (_name, number, bytes, headers, problem) => {
    const session = await begin();
    expect(await problemOf(await put(session.id, number, Buffer.alloc(bytes, 0x20), headers))).toBe(problem);
    expect((await look(session.id)).parts).toEqual([]);
  });

  it('is not completed without all parts, nor with others', async () => {
    const session = await begin();
    await put(session.id, 1, partOf(1));
    const incomplete = await complete(session.id);
    expect(incomplete.status).toBe(409);
    expect(await incomplete.json()).toMatchObject({ code: 'UPLOAD_INCOMPLETE', detail: 'missing: 2, 3' });
    await put(session.id, 2, partOf(2));
    await put(session.id, 3, partOf(3));
    const parts = [1, 2, 3].map((partNumber) => ({ partNumber, etag: 'a'.repeat(64) }));
    expect(await problemOf(await complete(session.id, { parts }))).toBe('422 UPLOAD_PART_MISMATCH');
    expect((await look(session.id)).state).toBe('open');
    expect((await complete(session.id)).status).toBe(201);
  });

  it('refuses a whole of another hash, and gives all back', async () => {
    const before = await account();
    const session = await begin({ size: 100_000, sha256: 'a'.repeat(64) });
    await put(session.id, 1, whole.subarray(0, 100_000));
    expect(await problemOf(await complete(session.id))).toBe('422 CHECKSUM_MISMATCH');
    expect(await look(session.id)).toMatchObject({ state: 'refused', failureCode: 'CHECKSUM_MISMATCH' });
    expect(await problemOf(await complete(session.id))).toBe('410 UPLOAD_GONE');
    expect(await account()).toEqual(before);
  });

  it('is given up: parts and reservation go, and it is not there any more', async () => {
    const before = await account();
    const session = await begin();
    await put(session.id, 2, partOf(2));
    expect((await api.send('DELETE', `/v1/uploads/${session.id}`)).status).toBe(204);
    expect(await account()).toEqual(before);
    expect(await problemOf(await api.get(`/v1/uploads/${session.id}`))).toBe('404 UPLOAD_NOT_FOUND');
    expect(await problemOf(await put(session.id, 1, partOf(1)))).toBe('404 UPLOAD_NOT_FOUND');
  });

  it('is there for its owner alone', async () => {
    const { id } = await begin();
    const bob = await Api.as(app, { sub: 'bob' });
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/complete'],
      ['PUT', '/parts/1'],
    ] as const) {
      const body = method === 'PUT' ? { body: new Uint8Array(PART) } : {};
      expect(await problemOf(await bob.request(`/v1/uploads/${id}${path}`, { method, ...body }))).toBe(
        '404 UPLOAD_NOT_FOUND',
      );
    }
  });

  it.each([
    ['nothing', { size: 0 }, '400 VALIDATION_FAILED'],
    ['more than the limit', { size: 101 * MIB }, '413 UPLOAD_TOO_LARGE'],
    ['parts too small', { partSize: PART - 1 }, '400 VALIDATION_FAILED'],
    ['a name that is none', { filename: '' }, '400 VALIDATION_FAILED'],
  ])('refuses to begin with %s', async (_name, body, problem) => {
    const answer = await api.send('POST', '/v1/uploads', {
      body: { filename: 'a.pdf', size: SIZE, partSize: PART, ...body },
    });
    expect(await problemOf(answer)).toBe(problem);
  });

  it('is removed when its time is over, with parts and reservation', async () => {
    const before = await account();
    const session = await begin();
    await put(session.id, 1, partOf(1));
    await onDatabase(app, "update upload set expires_at = now() - interval '1 second' where id = $1", [
      session.id,
    ]);
    await app.app.get(UploadUpkeepService, { strict: false }).expire(100);
    expect(await problemOf(await api.get(`/v1/uploads/${session.id}`))).toBe('404 UPLOAD_NOT_FOUND');
    expect(await account()).toEqual(before);
  });

  it('takes parts straight to the bucket, where there is one', async () => {
    const session = await begin();
    const signed = await api.send('POST', `/v1/uploads/${session.id}/parts/sign`, {
      body: { partNumbers: [1, 2, 3] },
    });
    if (driver === 'local') {
      expect(await problemOf(signed)).toBe('409 DIRECT_UPLOAD_UNAVAILABLE');
      return;
    }
    const { parts } = await jsonOf<{ parts: { partNumber: number; url: string }[] }>(signed, 200);
    const list = await Promise.all(
      parts.map(async ({ partNumber, url }) => {
        const answer = await fetch(url, { method: 'PUT', body: new Uint8Array(partOf(partNumber)) });
        expect(answer.status).toBe(200);
        return { partNumber, etag: answer.headers.get('etag') ?? '' };
      }),
    );
    const media = await jsonOf<MediaJson>(await complete(session.id, { parts: list }), 201);
    expect(media).toMatchObject({ status: 'pending', sha256: null, size: SIZE });
    await delivered({ ...media, sha256: createHash('sha256').update(whole).digest('hex') }, whole);
    expect((await api.json<MediaJson>(`/v1/media/${media.id}`)).sha256).toBe(
      createHash('sha256').update(whole).digest('hex'),
    );
  });
});

describe('files put at once to the bucket', () => {
  let s3: S3Server;
  let app: TestApp;
  let api: Api;
  beforeAll(async () => {
    s3 = await startS3Server();
    app = await startTestApp({ env: { ...s3Environment(s3), MAX_UPLOAD_BYTES: String(10 * MIB) } });
    api = await Api.as(app);
  });
  afterAll(async () => {
    await app?.close();
    await s3?.stop();
  });

  async function direct(bytes: Buffer, body: object): Promise<{ id: string; put: Response; done: Response }> {
    const { id } = await jsonOf<Session>(
      await api.send('POST', '/v1/uploads', { body: { filename: 'a.pdf', size: bytes.length, ...body } }),
      201,
    );
    const { url, headers } = await jsonOf<{ url: string; headers: Record<string, string> }>(
      await api.send('POST', `/v1/uploads/${id}/sign`),
      200,
    );
    const answer = await fetch(url, { method: 'PUT', body: new Uint8Array(bytes), headers });
    return { id, put: answer, done: await api.send('POST', `/v1/uploads/${id}/complete`) };
  }

  it('become media, hashed by a job', async () => {
    const bytes = documentOf(200_000, 8);
    const { id, done } = await direct(bytes, { contentType: 'application/pdf' });
    expect(await jsonOf<MediaJson>(done, 201)).toMatchObject({ id, status: 'pending', sha256: null });
    const media = await api.until(id);
    expect(media.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    const left = await Array.fromAsync(app.app.get(ObjectStore).list(uploadPrefix(id)));
    expect(left.map(({ key }) => key)).toEqual([uploadKey(id)]);
  });

  it('are refused for their content, and gone', async () => {
    const { id, done } = await direct(Buffer.from('<html><script>1</script></html>'), {
      contentType: 'application/pdf',
    });
    expect(await problemOf(done)).toBe('415 CONTENT_TYPE_MISMATCH');
    expect(await problemOf(await api.get(`/v1/media/${id}`))).toBe('404 MEDIA_NOT_FOUND');
    expect((await api.json<Account>('/v1/quotas/users/alice')).reservedBytes).toBe(0);
  });

  it('fail when the job finds another hash than was announced', async () => {
    const { id, done } = await direct(documentOf(5000, 9), { sha256: 'b'.repeat(64) });
    expect(done.status).toBe(201);
    expect((await api.until(id, 'failed')).failure?.code).toBe('CHECKSUM_MISMATCH');
  });

  it('are not complete before anything was put', async () => {
    const { id } = await jsonOf<Session>(
      await api.send('POST', '/v1/uploads', { body: { filename: 'a.pdf', size: 1000 } }),
      201,
    );
    await api.send('POST', `/v1/uploads/${id}/sign`);
    expect(await problemOf(await api.send('POST', `/v1/uploads/${id}/complete`))).toBe(
      '409 UPLOAD_INCOMPLETE',
    );
    expect((await api.json<Session>(`/v1/uploads/${id}`)).state).toBe('open');
  });
});
