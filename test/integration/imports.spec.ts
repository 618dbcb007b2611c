import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Api, bytesOf, jsonOf, type MediaJson, onDatabase, problemOf } from '../support/api.js';
import { EventStream } from '../support/event-stream.js';
import { eventually } from '../support/eventually.js';
import { failing, HeldSource, ImportBench, serving } from '../support/import-bench.js';
import { plainPicture } from '../support/pictures.js';
import { type S3Server, startS3Server } from '../support/s3-server.js';
import { documentOf } from '../support/tus.js';

const MIB = 1024 ** 2;
const MAX_BYTES = 4 * MIB;

describe('an import from a URL', () => {
  let bench: ImportBench;
  let pictures = 0;
  beforeAll(async () => {
    bench = await ImportBench.start({
      MAX_UPLOAD_BYTES: String(MAX_BYTES),
      MAX_OPEN_UPLOADS_PER_USER: '3',
      IMPORT_CONCURRENCY: '8',
    });
  });
  afterEach(() => bench.expectNothingLeft());
  afterAll(() => bench?.stop());

  async function picture(): Promise<Buffer> {
    pictures += 1;
    return plainPicture(64, 48, pictures);
  }
  const sha256Of = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
  const blobOf = async ({ id }: MediaJson) =>
    (await onDatabase<{ blob_id: string }>(bench.service, 'select blob_id from media where id = $1', [id]))[0]
      ?.blob_id;

  it('is a media at once, and goes the way of an upload when its bytes are there', async () => {
    const bytes = await picture();
    const before = await bench.account();
    const source = new HeldSource(bytes, { sent: 10 });
    bench.site.answer = source.answer;
    const asked = await bench.ask({
      url: bench.url('/shots/beach.png?token=secret#top'),
      visibility: 'public',
      tags: ['beach', 'x'],
      customMetadata: { album: 'Summer', year: 2026 },
      sha256: sha256Of(bytes).toUpperCase(),
    });
    expect(asked.headers.get('etag')).toMatch(/^"[0-9a-f-]{36}-1"$/);
    const location = asked.headers.get('location');
    const media = await jsonOf<MediaJson>(asked, 202);
    expect(location).toBe(`/v1/media/${media.id}`);
    expect(media).toMatchObject({
      filename: 'beach.png',
      contentType: 'application/octet-stream',
      kind: 'other',
      size: 0,
      sha256: null,
      status: 'pending',
      visibility: 'public',
      tags: ['beach', 'x'],
      customMetadata: { album: 'Summer', year: 2026 },
    });
    await source.connection();
    expect(await bench.account()).toMatchObject({
      usedBytes: before.usedBytes,
      mediaCount: before.mediaCount + 1,
    });
    expect(await problemOf(await bench.api.get(`${location}/download`))).toBe('409 MEDIA_NOT_CLEAN');
    await source.finish();
    expect(await bench.api.until(media.id)).toMatchObject({
      contentType: 'image/png',
      kind: 'image',
      size: bytes.length,
      sha256: sha256Of(bytes),
      width: 64,
      tags: ['beach', 'x'],
    });
    expect(await bytesOf(await bench.api.get(`${location}/download`))).toEqual(bytes);
    expect(await bench.account()).toMatchObject({
      usedBytes: before.usedBytes + bytes.length,
      reservedBytes: before.reservedBytes,
      mediaCount: before.mediaCount + 1,
    });
    // The query may be a secret: it is not kept.
    expect(await bench.upload(media.id)).toEqual({
      state: 'committed',
      offset: bytes.length,
      size: bytes.length,
      source_url: null,
      failure_code: null,
    });
  });

  it('shares the bytes of what the space has already, whichever way they came', async () => {
    const bytes = await picture();
    bench.site.answer = serving(bytes);
    const uploaded = await bench.api.uploadReady(bytes);
    const imported = [await bench.import(), await bench.import({ url: bench.url('/other') })];
    for (const { id } of imported) await bench.api.until(id);
    expect(await blobOf(imported[0] ?? uploaded)).toBe(await blobOf(uploaded));
    expect(await blobOf(imported[1] ?? uploaded)).toBe(await blobOf(uploaded));
    await bench.api.send('DELETE', `/v1/media/${uploaded.id}?permanent=true`);
    const download = await bench.api.get(`/v1/media/${imported[0]?.id}/download`);
    expect(await bytesOf(download)).toEqual(bytes);
  });

  it('shares the bytes with one that is fetched at the same time', async () => {
    const bytes = await picture();
    const source = new HeldSource(bytes, { sent: 10, length: false });
    bench.site.answer = source.answer;
    const imported = [await bench.import(), await bench.import(), await bench.import()];
    await source.connection(3);
    await Promise.all([1, 2, 3].map((number) => source.finish(number)));
    for (const { id } of imported) await bench.api.until(id);
    expect(new Set(await Promise.all(imported.map(blobOf))).size).toBe(1);
  });

  it('believes the content, not what the source calls it', async () => {
    const bytes = await picture();
    bench.site.answer = serving(bytes, { 'content-type': 'text/html' });
    const { id } = await bench.import();
    expect(await bench.api.until(id)).toMatchObject({ contentType: 'image/png' });
  });

  it.each([
    ['the name of the request', { filename: 'mine/holiday.png' }, 'holiday.png', 'holiday.png'],
    ['the name that the source gives', {}, 'photo.png', 'Übung.png'],
  ])('has %s', async (_what, body, announced, final) => {
    bench.site.answer = serving(await picture(), {
      'content-disposition': `attachment; filename*=UTF-8''%C3%9Cbung.png`,
    });
    const { id, filename } = await bench.import(body);
    expect(filename).toBe(announced);
    expect((await bench.api.until(id)).filename).toBe(final);
  });

  it('keeps what was changed while it was fetched', async () => {
    const bytes = await picture();
    const source = new HeldSource(bytes, { sent: 10 });
    bench.site.answer = (request, response) => {
      response.setHeader('content-disposition', 'attachment; filename="theirs.png"');
      source.answer(request, response);
    };
    const { id } = await bench.import();
    await source.connection();
    await bench.api.patch(id, { filename: 'patched.png', tags: ['new'] });
    await source.finish();
    expect(await bench.api.until(id)).toMatchObject({ filename: 'patched.png', tags: ['new'] });
  });

  const chunked: typeof serving = (bytes) => (_request, response) => {
    response.write(bytes);
    response.end();
  };
  it.each([
    ['is not there', () => failing(404), 'IMPORT_REFUSED_BY_SOURCE'],
    ['is empty', () => serving(Buffer.alloc(0)), 'UPLOAD_EMPTY'],
    [
      'is of a type that is not allowed',
      () => serving(Buffer.from('<html>hello</html>')),
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    ['says that it is too large', () => serving(documentOf(MAX_BYTES + 1, 1)), 'IMPORT_TOO_LARGE'],
    ['turns out to be too large', () => chunked(documentOf(MAX_BYTES + 1, 1)), 'IMPORT_TOO_LARGE'],
  ])('fails, with the reason, when the file %s', async (_what, answer, code) => {
    const before = await bench.account();
    const [asked] = [bench.site.requests.length];
    bench.site.answer = answer();
    const { id } = await bench.import();
    const failed = await bench.api.until(id, 'failed');
    expect(failed).toMatchObject({ failure: { code }, size: 0, sha256: null });
    expect(await bench.upload(id)).toMatchObject({ state: 'refused', failure_code: code });
    expect(bench.site.requests.length).toBe(asked + 1);
    const after = { ...before, mediaCount: before.mediaCount + 1 };
    expect(await bench.account()).toEqual(after);
    await bench.api.send('DELETE', `/v1/media/${id}?permanent=true`);
    expect(await bench.account()).toEqual(before);
  });

  it('fails when the bytes do not have the SHA-256 that was given', async () => {
    bench.site.answer = serving(await picture());
    const { id } = await bench.import({ sha256: '0'.repeat(64) });
    expect(await bench.api.until(id, 'failed')).toMatchObject({ failure: { code: 'CHECKSUM_MISMATCH' } });
  });

  it.each([
    ['says that it has', true],
    ['turns out to have', false],
  ])('fails when the file %s more bytes than the quota has room for', async (_what, length) => {
    const admin = await Api.as(bench.service, { sub: 'root', scopes: ['admin'] });
    const limit = async (limitBytes: number | null) =>
      jsonOf(await admin.send('PUT', '/v1/quotas/users/alice', { body: { limitBytes } }), 200);
    const bytes = documentOf(2 * MIB, 3);
    bench.site.answer = length ? serving(bytes) : chunked(bytes);
    const { usedBytes } = await bench.account();
    await limit(usedBytes + bytes.length - 1);
    try {
      const { id } = await bench.import();
      expect(await bench.api.until(id, 'failed')).toMatchObject({ failure: { code: 'QUOTA_EXCEEDED' } });
      expect(await bench.account()).toMatchObject({ usedBytes, reservedBytes: 0 });
      await limit(usedBytes + bytes.length);
      const again = await bench.import();
      await bench.api.until(again.id);
      await bench.api.send('DELETE', `/v1/media/${again.id}?permanent=true`);
      await limit(Math.max(0, usedBytes - 1));
      expect(await problemOf(await bench.ask())).toBe('413 QUOTA_EXCEEDED');
    } finally {
      await limit(null);
    }
  });

  it('counts among the open uploads of its owner', async () => {
    const source = new HeldSource(await picture(), { sent: 10 });
    bench.site.answer = source.answer;
    const open = [await bench.import(), await bench.import(), await bench.import()];
    expect(await problemOf(await bench.ask())).toBe('429 UPLOAD_SESSIONS_EXCEEDED');
    await source.connection(3);
    for (const number of [1, 2, 3]) await source.finish(number);
    for (const { id } of open) await bench.api.until(id);
  });

  it.each([
    ['is no URL', { url: 'photo.png' }, '400 IMPORT_URL_INVALID'],
    ['is not http', { url: 'ftp://example.com/a' }, '400 IMPORT_URL_INVALID'],
    ['carries credentials', { url: 'http://a:b@example.com/' }, '400 IMPORT_URL_INVALID'],
    ['is absent', { url: undefined }, '400 VALIDATION_FAILED'],
    ['comes with what is not known', { size: 3 }, '400 VALIDATION_FAILED'],
    ['leads to this machine', { url: 'http://127.0.0.1/' }, '422 IMPORT_URL_FORBIDDEN'],
    ['leads to this machine by another spelling', { url: 'http://0x7f.1/' }, '422 IMPORT_URL_FORBIDDEN'],
    ['leads to the metadata of a cloud', { url: 'http://169.254.169.254/' }, '422 IMPORT_URL_FORBIDDEN'],
  ])('is refused at once when the URL %s', async (_what, body, problem) => {
    const before = await bench.account();
    expect(await problemOf(await bench.ask(body))).toBe(problem);
    expect(await bench.account()).toEqual(before);
    expect(await onDatabase(bench.service, `select id from upload where state = 'open'`)).toEqual([]);
  });

  it('fails when the source leads to this machine', async () => {
    bench.site.answer = (_request, response) =>
      response.writeHead(302, { location: `http://127.0.0.1:${bench.site.port}/` }).end();
    const { id } = await bench.import();
    expect(await bench.api.until(id, 'failed')).toMatchObject({ failure: { code: 'IMPORT_URL_FORBIDDEN' } });
    expect(bench.site.canaryConnections()).toBe(0);
  });

  it('needs the scope to write', async () => {
    const reader = await Api.as(bench.service, { scopes: ['media:read'] });
    expect(await problemOf(await bench.ask({}, reader))).toBe('403 INSUFFICIENT_SCOPE');
    expect(await problemOf(await bench.ask({}, Api.anonymous(bench.service)))).toBe('401 UNAUTHENTICATED');
  });

  it('tells how far it is', async () => {
    const bytes = documentOf(3 * MIB, 4);
    const source = new HeldSource(bytes, { sent: MIB });
    bench.site.answer = source.answer;
    const { id } = await bench.import();
    const stream = await EventStream.open(bench.api, `/v1/media/${id}/events`);
    const seen = (offset: number) =>
      eventually(async () =>
        expect(await bench.upload(id)).toMatchObject({ state: 'open', offset, size: bytes.length }),
      );
    await seen(MIB);
    expect((await bench.account()).reservedBytes).toBe(bytes.length);
    (await source.connection()).write(bytes.subarray(MIB, 2 * MIB));
    await seen(2 * MIB);
    (await source.connection()).end(bytes.subarray(2 * MIB));
    await bench.api.until(id);
    expect(await bench.upload(id)).toMatchObject({ state: 'committed', offset: bytes.length });
    await stream.ended;
    const received = stream.told.filter((event) => event.startsWith('received'));
    expect(received.slice(-2)).toEqual([`received ${MIB}`, `received ${2 * MIB}`]);
    expect(stream.told.at(-1)).toBe('ready');
  });
});

describe('an import into a bucket', () => {
  let s3: S3Server;
  let bench: ImportBench;
  beforeAll(async () => {
    s3 = await startS3Server();
    const { config } = s3;
    bench = await ImportBench.start({
      STORAGE_DRIVER: 's3',
      S3_BUCKET: config.bucket,
      S3_ENDPOINT: config.endpoint ?? '',
      S3_ACCESS_KEY_ID: config.credentials?.accessKeyId ?? '',
      S3_SECRET_ACCESS_KEY: config.credentials?.secretAccessKey ?? '',
      S3_FORCE_PATH_STYLE: 'true',
    });
  });
  afterAll(async () => {
    await bench?.stop();
    await s3?.stop();
  });

  it('arrives whole, and what is refused or deleted on the way leaves nothing', async () => {
    const bytes = documentOf(12 * MIB, 8);
    const source = new HeldSource(bytes, { sent: 7 * MIB });
    bench.site.answer = source.answer;
    const whole = await bench.import();
    const wrong = await bench.import({ sha256: '0'.repeat(64) });
    const deleted = await bench.import();
    await source.connection(3);
    await bench.api.send('DELETE', `/v1/media/${deleted.id}?permanent=true`);
    await Promise.all([1, 2, 3].map((number) => source.finish(number)));
    await bench.api.until(wrong.id, 'failed');
    await bench.api.until(whole.id);
    const download = await bytesOf(await bench.api.get(`/v1/media/${whole.id}/download`));
    expect(download.equals(bytes)).toBe(true);
    await eventually(async () => expect(await bench.upload(deleted.id)).toBeUndefined());
    expect(await bench.originals()).toHaveLength(1);
    await bench.expectNothingLeft();
  });
});
