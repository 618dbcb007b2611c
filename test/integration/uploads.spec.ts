import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { formHeaders, type FormPart, multipart, pictureOf } from '../support/multipart.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { clear, noTraces, tracesOf } from '../support/traces.js';

const picture = pictureOf(5000);
const digest = createHash('sha256').update(picture).digest('hex');
const file: FormPart = { name: 'file', filename: 'cat.png', type: 'image/png', body: picture };
const field = (name: string, body: string): FormPart => ({ name, body });

interface Problem {
  code: string;
  errors?: { field: string }[];
}

interface BatchResult {
  filename: string;
  status: number;
  media?: { id: string; filename: string; size: number; sha256: string };
  problem?: Problem;
}

describe('uploads', () => {
  let service: TestApp;
  let authorization: string;
  beforeAll(async () => {
    service = await startTestApp({
      env: { ROLE: 'api', MAX_UPLOAD_BYTES: '100000', BATCH_MAX_FILES: '5', MAX_CONCURRENT_UPLOADS: '50' },
    });
    authorization = await service.bearer({ org: 'acme' });
  });
  afterEach(() => clear(service));
  afterAll(() => service.close());

  const send = (body: Buffer | string, headers: Record<string, string> = {}, path = '/v1/media') =>
    fetch(service.url + path, {
      method: 'POST',
      body: body as RequestInit['body'],
      headers: { authorization, ...formHeaders, ...headers },
    });
  const upload = (...parts: FormPart[]): Promise<Response> => send(multipart(parts));
  const uploadBatch = async (...parts: FormPart[]): Promise<BatchResult[]> => {
    const response = await send(multipart(parts), {}, '/v1/media/batch');
    expect(response.status).toBe(200);
    return ((await response.json()) as { results: BatchResult[] }).results;
  };
  const problemOf = async (response: Response): Promise<{ status: number; code: string }> => {
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    return { status: response.status, code: ((await response.json()) as Problem).code };
  };

  describe('of one file', () => {
    it('answers with the media, where it is and its entity tag', async () => {
      const response = await upload(file);
      expect(response.status).toBe(201);
      const media = (await response.json()) as Record<string, unknown>;
      expect(media).toMatchObject({
        ownerId: 'alice',
        orgId: 'acme',
        filename: 'cat.png',
        contentType: 'image/png',
        kind: 'image',
        size: 5000,
        sha256: digest,
        status: 'scanning',
        visibility: 'private',
        tags: [],
        customMetadata: {},
        deletedAt: null,
      });
      expect(response.headers.get('location')).toBe(`/v1/media/${String(media['id'])}`);
      const again = await fetch(`${service.url}/v1/media/${String(media['id'])}`, {
        headers: { authorization },
      });
      expect(await again.json()).toEqual(media);
      expect(response.headers.get('etag')).toBe(again.headers.get('etag'));
      expect(await tracesOf(service)).toMatchObject({
        objects: [expect.stringMatching(`/${String(media['id'])}/original$`)],
        reservations: 0,
        pendingDeletions: 0,
        reservedBytes: 0,
        usedBytes: 5000,
      });
    });

    it('works with the FormData of a browser', async () => {
      const form = new FormData();
      form.set('file', new Blob([picture], { type: 'image/png' }), 'cat.png');
      form.set('visibility', 'org');
      const response = await fetch(`${service.url}/v1/media`, {
        method: 'POST',
        body: form,
        headers: { authorization },
      });
      expect(response.status).toBe(201);
      expect(await response.json()).toMatchObject({ visibility: 'org', sha256: digest });
    });

    const fields = [
      field('visibility', 'public'),
      field('tags', '["beach","2026"]'),
      field('customMetadata', '{"album":"Summer"}'),
      field('sha256', digest.toUpperCase()),
    ];
    it.each([
      ['before', [...fields, file]],
      ['after', [file, ...fields]],
      ['around', [...fields.slice(0, 2), file, ...fields.slice(2)]],
    ])('reads the fields %s the file', async (_, parts) => {
      const response = await upload(...parts);
      expect(response.status).toBe(201);
      expect(await response.json()).toMatchObject({
        visibility: 'public',
        tags: ['beach', '2026'],
        customMetadata: { album: 'Summer' },
      });
    });

    it('takes a field that is a JSON part', async () => {
      const metadata = { ...field('customMetadata', '{"album":"Summer"}'), type: 'application/json' };
      expect(await (await upload(metadata, file)).json()).toMatchObject({
        customMetadata: { album: 'Summer' },
      });
    });

    it.each([
      ['an invalid field', [field('visibility', 'everyone'), file], 400, 'VALIDATION_FAILED'],
      ['an unknown field', [file, field('colour', 'blue')], 400, 'VALIDATION_FAILED'],
      [
        'metadata over 16 KB',
        [file, field('customMetadata', JSON.stringify({ a: 'x'.repeat(16 * 1024) }))],
        400,
        'VALIDATION_FAILED',
      ],
      ['a field without end', [field('tags', 'x'.repeat(40_000)), file], 400, 'UPLOAD_MALFORMED'],
      [
        'too many fields',
        Array.from({ length: 20 }, (_, index) => field(`tags${index}`, 'a')),
        400,
        'UPLOAD_MALFORMED',
      ],
      ['a field named like a method of objects', [field('toString', 'a'), file], 400, 'UPLOAD_MALFORMED'],
      ['another SHA-256', [field('sha256', '0'.repeat(64)), file], 422, 'CHECKSUM_MISMATCH'],
      ['no file', [field('tags', 'a')], 400, 'UPLOAD_FILE_MISSING'],
      ['two files', [file, { ...file, filename: 'dog.png' }], 400, 'UPLOAD_TOO_MANY_FILES'],
      ['a file under another name', [{ ...file, name: 'picture' }], 400, 'UPLOAD_MALFORMED'],
      ['an empty file', [{ ...file, body: '' }], 422, 'UPLOAD_EMPTY'],
      ['a type that the content contradicts', [{ ...file, type: 'video/mp4' }], 415, 'CONTENT_TYPE_MISMATCH'],
      [
        'a picture that is declared to be another kind of picture than its name says',
        [{ ...file, type: 'image/gif' }],
        415,
        'CONTENT_TYPE_MISMATCH',
      ],
      [
        'a type that is not on the allowlist',
        [{ ...file, filename: 'notes.txt', type: 'text/plain', body: 'just some text, no media\n' }],
        415,
        'UNSUPPORTED_MEDIA_TYPE',
      ],
      [
        'content of no known type',
        [{ ...file, type: 'application/octet-stream', body: Buffer.alloc(3000, 0x81) }],
        415,
        'UNSUPPORTED_MEDIA_TYPE',
      ],
      [
        'a page in the clothes of a picture',
        [{ ...file, body: '<!doctype html><script>alert(1)</script>' }],
        415,
        'CONTENT_TYPE_MISMATCH',
      ],
    ])('refuses %s and leaves nothing', async (_, parts, status, code) => {
      expect(await problemOf(await upload(...parts))).toEqual({ status, code });
      expect(await tracesOf(service)).toEqual(noTraces);
    });

    it.each([
      ['image/jpeg', 'iphone.jpg'],
      ['application/octet-stream', 'data.bin'],
      ['IMAGE/PNG; charset=binary', 'cat.png'],
    ])('takes %s of %s as the guess that it is', async (type, filename) => {
      const response = await upload({ ...file, type, filename });
      expect(response.status).toBe(201);
      expect(await response.json()).toMatchObject({ contentType: 'image/png', filename });
    });

    it('takes a file of which only the type is declared', async () => {
      const response = await upload({ name: 'file', type: 'application/octet-stream', body: picture });
      expect(await response.json()).toMatchObject({ filename: 'unnamed', contentType: 'image/png' });
    });
  });

  describe('that are no forms', () => {
    const whole = multipart([file]);
    it.each([
      ['JSON', '{"file":1}', 'application/json', 400, 'UPLOAD_MALFORMED'],
      ['raw bytes', picture, 'image/png', 415, 'BODY_TYPE_UNSUPPORTED'],
      ['a form without a boundary', whole, 'multipart/form-data', 400, 'UPLOAD_MALFORMED'],
      ['another boundary', whole, 'multipart/form-data; boundary=other', 400, 'UPLOAD_MALFORMED'],
      ['nothing', '', formHeaders['content-type'], 400, 'UPLOAD_FILE_MISSING'],
      [
        'a form that ends within the file',
        whole.subarray(0, 3000),
        formHeaders['content-type'],
        400,
        'UPLOAD_INTERRUPTED',
      ],
      [
        'a form that ends in a head',
        whole.subarray(0, 60),
        formHeaders['content-type'],
        400,
        'UPLOAD_MALFORMED',
      ],
      ['a url-encoded form', 'file=abc', 'application/x-www-form-urlencoded', 415, 'BODY_TYPE_UNSUPPORTED'],
    ])('are refused: %s', async (_, body, type, status, code) => {
      expect(await problemOf(await send(body, { 'content-type': type }))).toEqual({ status, code });
      expect(await tracesOf(service)).toEqual(noTraces);
    });
  });

  describe('of several files', () => {
    const dog = pictureOf(7000, 7);

    it('answers for each, in their order', async () => {
      const results = await uploadBatch(
        file,
        { ...file, filename: 'notes.txt', type: 'text/plain', body: 'just some text\n' },
        { ...file, filename: 'nothing.png', body: '' },
        { ...file, filename: '../dog.png', body: dog },
      );
      expect(results.map(({ filename, status, problem }) => [filename, status, problem?.code])).toEqual([
        ['cat.png', 201, undefined],
        ['notes.txt', 415, 'UNSUPPORTED_MEDIA_TYPE'],
        ['nothing.png', 422, 'UPLOAD_EMPTY'],
        ['dog.png', 201, undefined],
      ]);
      expect(results[3]?.media).toMatchObject({
        size: 7000,
        sha256: createHash('sha256').update(dog).digest('hex'),
      });
      expect(await tracesOf(service)).toMatchObject({
        media: 2,
        objects: [expect.any(String), expect.any(String)],
        unfinished: [],
        reservations: 0,
        pendingDeletions: 0,
        reservedBytes: 0,
        usedBytes: 12_000,
      });
    });

    it('gives the fields to all of them', async () => {
      const results = await uploadBatch(
        file,
        { ...file, filename: 'dog.png' },
        field('tags', 'beach'),
        field('visibility', 'public'),
      );
      for (const { media } of results) expect(media).toMatchObject({ tags: ['beach'], visibility: 'public' });
    });

    it('is not harmed by one over the limit in the middle', async () => {
      const results = await uploadBatch(
        file,
        { ...file, filename: 'huge.png', body: pictureOf(400_000) },
        { ...file, filename: 'dog.png', body: dog },
      );
      expect(results.map(({ status, problem }) => [status, problem?.code])).toEqual([
        [201, undefined],
        [413, 'UPLOAD_TOO_LARGE'],
        [201, undefined],
      ]);
      expect(await tracesOf(service)).toMatchObject({ media: 2, unfinished: [], usedBytes: 12_000 });
    });

    it('names a part without a name', async () => {
      const results = await uploadBatch({ name: 'file', type: 'application/octet-stream', body: picture });
      expect(results).toMatchObject([{ filename: '', status: 201, media: { filename: 'unnamed' } }]);
    });

    it.each([
      ['more files than the limit', Array.from({ length: 6 }, () => file), 400, 'UPLOAD_TOO_MANY_FILES'],
      ['no file at all', [field('tags', 'a')], 400, 'UPLOAD_FILE_MISSING'],
      ['invalid fields', [file, file, field('visibility', 'all')], 400, 'VALIDATION_FAILED'],
    ])('is refused as a whole with %s, and leaves nothing', async (_, parts, status, code) => {
      const response = await send(multipart(parts), {}, '/v1/media/batch');
      expect(await problemOf(response)).toEqual({ status, code });
      expect(await tracesOf(service)).toEqual(noTraces);
    });

    it('is refused as a whole when it breaks off', async () => {
      const body = multipart([file, { ...file, body: dog }]);
      const response = await send(body.subarray(0, body.length - 1000), {}, '/v1/media/batch');
      expect(await problemOf(response)).toEqual({ status: 400, code: 'UPLOAD_INTERRUPTED' });
      expect(await tracesOf(service)).toEqual(noTraces);
    });
  });

  it.each(['/v1/media', '/v1/media/batch'])('need the scope media:write: %s', async (path) => {
    const reader = await service.bearer({ scopes: ['media:read'] });
    const response = await send(multipart([file]), { authorization: reader }, path);
    expect(await problemOf(response)).toEqual({ status: 403, code: 'INSUFFICIENT_SCOPE' });
    expect(await tracesOf(service)).toEqual(noTraces);
  });
});
