import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api, bytesOf, jsonOf, type MediaJson, problemOf, type ProblemJson } from '../support/api.js';
import { plainPicture } from '../support/pictures.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const absent = '01990000-0000-7000-8000-000000000000';

describe('the catalogue', () => {
  let service: TestApp;
  let alice: Api;
  let admin: Api;
  let pictures = 0;

  beforeAll(async () => {
    service = await startTestApp();
    alice = await Api.as(service, { sub: 'alice', org: 'acme' });
    admin = await Api.as(service, { sub: 'root', scopes: ['admin'] });
  });
  afterAll(() => service.close());

  async function upload(fields: Record<string, string> = {}, api = alice): Promise<MediaJson> {
    pictures += 1;
    return api.uploadReady(await plainPicture(40, 30, pictures), { name: 'a.png', fields });
  }
  const at = (id: string) => `/v1/media/${id}`;

  describe('a media', () => {
    it('is shown with its tag, and not again to who has it', async () => {
      const { id } = await upload();
      const response = await alice.get(at(id));
      const etag = response.headers.get('etag') ?? '';
      expect(etag).toMatch(/^"[^"]+"$/);
      expect(response.headers.get('cache-control')).toBe('private, no-cache');
      expect(await response.json()).toMatchObject({
        id,
        status: 'ready',
        kind: 'image',
        width: 40,
        height: 30,
        deletedAt: null,
      });
      for (const tag of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
        const again = await alice.get(at(id), { 'if-none-match': tag });
        expect([tag, again.status, (await bytesOf(again)).length]).toEqual([tag, 304, 0]);
        expect(again.headers.get('etag')).toBe(etag);
      }
      await alice.patch(id, { tags: ['x'] });
      expect((await alice.get(at(id), { 'if-none-match': etag })).status).toBe(200);
    });

    it('is found by its id in upper case as well, everywhere', async () => {
      const { id } = await upload();
      const upper = id.toUpperCase();
      const { headers } = await alice.head(at(upper));
      expect(headers.get('etag')).toBe((await alice.head(at(id))).headers.get('etag'));
      expect((await alice.patch(upper, { tags: ['x'] }, { 'if-match': headers.get('etag') ?? '' })).id).toBe(
        id,
      );
      expect((await alice.get(`${at(upper)}/thumbnail`)).status).toBe(200);
      expect(await (await alice.get(`${at(upper)}/events`)).text()).toContain('event: ready');
    });
  });

  describe('a merge patch', () => {
    it('changes what it names, and the tag', async () => {
      const media = await upload({ tags: 'a,b', customMetadata: '{"keep":1,"drop":2}' });
      const before = (await alice.head(at(media.id))).headers.get('etag');
      const response = await alice.send('PATCH', at(media.id), {
        body: {
          filename: 'Ümlaut.png',
          visibility: 'org',
          tags: ['c'],
          customMetadata: { drop: null, add: 'x' },
        },
      });
      const after = await jsonOf<MediaJson>(response.clone(), 200);
      expect(after).toMatchObject({
        filename: 'Ümlaut.png',
        visibility: 'org',
        tags: ['c'],
        customMetadata: { keep: 1, add: 'x' },
        size: media.size,
        createdAt: media.createdAt,
      });
      expect(after.updatedAt > media.updatedAt).toBe(true);
      expect(response.headers.get('etag')).not.toBe(before);
      expect(await alice.json(at(media.id))).toEqual(after);
    });

    it('changes nothing that it does not name', async () => {
      const media = await upload({ tags: 'a', customMetadata: '{"k":1}', visibility: 'public' });
      const { updatedAt: _now, ...rest } = await alice.patch(media.id, {});
      expect(media).toMatchObject(rest);
    });

    it('removes by null', async () => {
      const { id } = await upload({ tags: 'a', customMetadata: '{"k":1}' });
      expect(await alice.patch(id, { tags: null, customMetadata: null })).toMatchObject({
        tags: [],
        customMetadata: {},
      });
    });

    it('keeps what a null removes from nothing, and empty values', async () => {
      const { id } = await upload();
      const patched = await alice.patch(id, {
        customMetadata: { none: null, empty: '', zero: 0, no: false },
      });
      expect(patched.customMetadata).toEqual({ empty: '', zero: 0, no: false });
    });

    it.each([
      ['a field that there is not', { owner: 'bob' }, 'owner'],
      ['what only the service changes', { status: 'ready' }, 'status'],
      ['an id', { id: absent }, 'id'],
      ['no name', { filename: null }, 'filename'],
      ['an empty name', { filename: '' }, 'filename'],
      ['a name that is too long', { filename: 'a'.repeat(1025) }, 'filename'],
      ['no visibility', { visibility: null }, 'visibility'],
      ['another visibility', { visibility: 'secret' }, 'visibility'],
      ['tags that are none', { tags: 'a' }, 'tags'],
      ['an empty tag', { tags: [''] }, 'tags'],
      ['the same tag twice', { tags: ['a', 'a'] }, 'tags'],
      ['a tag that is no text', { tags: [1] }, 'tags'],
      ['NUL in a tag', { tags: ['a\0b'] }, 'tags'],
      ['a line break in a tag', { tags: ['a\nb'] }, 'tags'],
      ['101 tags', { tags: Array.from({ length: 101 }, (_, index) => String(index)) }, 'tags'],
      ['metadata that is a list', { customMetadata: [1] }, 'customMetadata'],
      ['metadata that is a text', { customMetadata: 'x' }, 'customMetadata'],
    ])('is refused with %s', async (_name, body, field) => {
      const { id } = await upload();
      const response = await alice.send('PATCH', at(id), { body });
      const problem = (await response.json()) as ProblemJson;
      expect([response.status, problem.code, problem.errors?.[0]?.field]).toEqual([
        400,
        'VALIDATION_FAILED',
        field,
      ]);
    });

    it.each([
      ['a list in it', { k: [1] }],
      ['an object in it', { k: {} }],
      ['NUL in a value', { k: 'a\0b' }],
      ['NUL in a key', { 'a\0b': 1 }],
      ['half a surrogate pair in a value', { k: '\ud83c' }],
      ['half a surrogate pair in a key', { '\ud83c': 1 }],
      ['more than 16 KB', { k: 'ä'.repeat(8200) }],
    ])('is refused when metadata have %s', async (_name, customMetadata) => {
      const { id } = await upload({ customMetadata: '{"before":true}' });
      expect(await problemOf(await alice.send('PATCH', at(id), { body: { customMetadata } }))).toBe(
        '400 CUSTOM_METADATA_INVALID',
      );
      expect((await alice.json<MediaJson>(at(id))).customMetadata).toEqual({ before: true });
    });

    it('counts what is there already into the 16 KB', async () => {
      const { id } = await upload({ customMetadata: JSON.stringify({ a: 'x'.repeat(10_000) }) });
      const patch = (body: unknown) => alice.send('PATCH', at(id), { body });
      expect((await patch({ customMetadata: { b: 'x'.repeat(10_000) } })).status).toBe(400);
      expect((await patch({ customMetadata: { a: null, b: 'x'.repeat(10_000) } })).status).toBe(200);
    });

    it('keeps text that only looks dangerous', async () => {
      const { id } = await upload();
      const customMetadata = {
        'a.b': "'; drop table media; --",
        '\\u0000': '\\u0000',
        '': 'empty key',
        '🏖': '{{7*7}}',
      };
      expect((await alice.patch(id, { customMetadata })).customMetadata).toEqual(customMetadata);
    });

    it('cleans a file name as an upload does', async () => {
      const { id } = await upload();
      expect((await alice.patch(id, { filename: '../../etc/\u202epass\0wd\u2028.png ' })).filename).toBe(
        'passwd.png',
      );
      expect((await alice.patch(id, { filename: '\u0001' })).filename).toBe('unnamed');
    });

    it('that is no JSON is refused', async () => {
      const { id } = await upload();
      const init = { method: 'PATCH', headers: { 'content-type': 'application/json' } };
      for (const body of ['{', '[]', '"x"', '{"__proto__":{"x":1}}'])
        expect([body, (await alice.request(at(id), { ...init, body })).status]).toEqual([body, 400]);
    });

    it('goes through under the tag that was read, once', async () => {
      const { id } = await upload();
      const etag = (await alice.head(at(id))).headers.get('etag') ?? '';
      const patch = (tag: string) =>
        alice.send('PATCH', at(id), { body: { tags: [tag] }, headers: { 'if-match': etag } });
      const statuses = (await Promise.all(['a', 'b', 'c', 'd'].map(patch))).map(({ status }) => status);
      expect(statuses.toSorted()).toEqual([200, 412, 412, 412]);
    });

    it.each([
      ['weak tags', (etag: string) => `W/${etag}`, 412],
      ["another's", () => `"${absent}-1"`, 412],
      ['nonsense', () => 'x', 412],
      ['any', () => '*', 200],
      ['a list', (etag: string) => `"x", ${etag}`, 200],
    ])('with If-Match of %s', async (_name, header, status) => {
      const { id } = await upload();
      const etag = (await alice.head(at(id))).headers.get('etag') ?? '';
      const response = await alice.send('PATCH', at(id), {
        body: { tags: [] },
        headers: { 'if-match': header(etag) },
      });
      expect(response.status).toBe(status);
    });

    it('of 40 at once is never lost', async () => {
      const { id } = await upload();
      const keys = Array.from({ length: 40 }, (_, index) => `k${index}`);
      const statuses = await Promise.all(
        keys.map(
          async (key) =>
            (await alice.send('PATCH', at(id), { body: { customMetadata: { [key]: 1 } } })).status,
        ),
      );
      expect(new Set(statuses)).toEqual(new Set([200]));
      expect(Object.keys((await alice.json<MediaJson>(at(id))).customMetadata).toSorted()).toEqual(
        keys.toSorted(),
      );
    });
  });

  describe('who may', () => {
    const callers = {
      owner: { sub: 'alice', org: 'acme' },
      'owner who left the organization': { sub: 'alice' },
      member: { sub: 'bob', org: 'acme' },
      stranger: { sub: 'mallory', org: 'rival' },
      admin: { sub: 'root', scopes: ['admin' as const] },
      anonymous: null,
    };
    type Name = keyof typeof callers;
    const readers: Record<string, Name[]> = {
      private: ['owner', 'owner who left the organization', 'admin'],
      org: ['owner', 'owner who left the organization', 'member', 'admin'],
      public: ['owner', 'owner who left the organization', 'member', 'stranger', 'admin', 'anonymous'],
    };
    const changers = new Set<Name>(['owner', 'owner who left the organization', 'admin']);
    const media = new Map<string, string>();
    beforeAll(async () => {
      for (const visibility of Object.keys(readers)) media.set(visibility, (await upload({ visibility })).id);
    });

    it.each(
      Object.keys(readers).flatMap((visibility) =>
        (Object.keys(callers) as Name[]).map((name) => [visibility, name] as const),
      ),
    )('do what with %s media: %s', async (visibility, name) => {
      const caller = callers[name];
      const api = caller === null ? Api.anonymous(service) : await Api.as(service, caller);
      const id = media.get(visibility) ?? '';
      const reads = readers[visibility]?.includes(name);
      for (const target of ['', '/download', '/thumbnail', '/variants', '/events']) {
        const response = await api.get(at(id) + target);
        expect([target, response.status]).toEqual([target, reads ? 200 : 404]);
        await response.body?.cancel();
      }
      const refusal = name === 'anonymous' ? 401 : reads ? 403 : 404;
      const status = async (method: 'PATCH' | 'POST' | 'DELETE', path: string, body?: unknown) =>
        (await api.send(method, path, { body })).status;
      const may = changers.has(name);
      expect(await status('PATCH', at(id), { tags: [] })).toBe(may ? 200 : refusal);
      expect(await status('POST', `${at(id)}/restore`)).toBe(may ? 409 : refusal);
      if (!may) {
        expect(await status('DELETE', at(id))).toBe(refusal);
        expect(await status('DELETE', `${at(id)}?permanent=true`)).toBe(refusal);
        expect(await status('POST', `${at(id)}/reprocess`)).toBe(refusal);
      }
    });

    it('see no difference between what is hidden and what is not there', async () => {
      const mallory = await Api.as(service, callers.stranger);
      const shape = async (id: string) => {
        const {
          instance: _path,
          requestId: _request,
          ...rest
        } = (await (await mallory.get(at(id))).json()) as Record<string, unknown>;
        return rest;
      };
      expect(await shape(media.get('private') ?? '')).toEqual(await shape(absent));
    });

    it('see it again once it is theirs to see', async () => {
      const bob = await Api.as(service, callers.member);
      const { id } = await upload({ visibility: 'org' });
      const status = async () => (await bob.get(`${at(id)}/thumbnail`)).status;
      expect(await status()).toBe(200);
      await alice.patch(id, { visibility: 'private' });
      expect(await status()).toBe(404);
      await alice.patch(id, { visibility: 'public' });
      expect(await status()).toBe(200);
    });
  });

  it('is not shown to tokens without the scope', async () => {
    const { id } = await upload({ visibility: 'public' });
    const writer = await Api.as(service, { sub: 'alice', scopes: ['media:write'] });
    const reader = await Api.as(service, { sub: 'alice', scopes: ['media:read'] });
    expect(await problemOf(await writer.get(at(id)))).toBe('403 INSUFFICIENT_SCOPE');
    expect(await problemOf(await reader.send('PATCH', at(id), { body: {} }))).toBe('403 INSUFFICIENT_SCOPE');
    expect((await admin.get(at(id))).status).toBe(200);
  });
});
