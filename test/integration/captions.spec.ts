import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { extractCaptions } from '../../src/processing/captions/index.js';
import { mediaInput, type MediaTools, readDocument } from '../../src/processing/ffmpeg/index.js';
import { videoFixture } from '../fixtures/video-fixtures.js';
import { Api, jsonOf, type MediaJson, onDatabase, problemOf } from '../support/api.js';
import { openTestTools } from '../support/media-tools.js';
import { photo } from '../support/pictures.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const srt = '1\n00:00:00,500 --> 00:00:01,500\nHallo & willkommen\n';
const vtt = 'WEBVTT\n\n00:00.500 --> 00:01.500\nHello\n';
const header = 'WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n\n';

interface CaptionsJson {
  language: string;
  label: string;
  source: string;
  url: string;
}

describe('captions', () => {
  let service: TestApp;
  let alice: Api;
  let film: MediaJson;

  beforeAll(async () => {
    service = await startTestApp({
      env: { VIDEO_PRESET: 'ultrafast', VIDEO_LADDER: '144p:300k' },
    });
    alice = await Api.as(service);
    const bytes = await readFile((await videoFixture('silent.mp4')).path);
    film = await alice.uploadReady(bytes, { name: 'film.mp4', type: 'video/mp4' });
  });
  afterAll(() => service.close());

  const path = (language: string, id = film.id) => `/v1/media/${id}/captions/${language}`;
  const put = (language: string, body: string | Buffer, headers: Record<string, string> = {}, by = alice) =>
    by.request(path(language), {
      method: 'PUT',
      headers: { 'content-type': 'text/vtt', ...headers },
      body: typeof body === 'string' ? body : new Uint8Array(body),
    });
  const listed = async () =>
    (await alice.json<{ items: CaptionsJson[] }>(`/v1/media/${film.id}/captions`)).items;

  it('are stored as WebVTT, listed, given out and removed', async () => {
    const created = await put('ger', srt, { 'content-type': 'application/x-subrip' });
    expect(created.status).toBe(201);
    expect(created.headers.get('etag')).toMatch(/^"/);
    expect(await created.json()).toEqual({
      language: 'de',
      label: 'Deutsch',
      source: 'uploaded',
      size: expect.any(Number),
      url: path('de'),
    });
    expect((await put('en-us?label=English%20(SDH)', vtt)).status).toBe(201);
    expect((await listed()).map(({ language, label }) => [language, label])).toEqual([
      ['de', 'Deutsch'],
      ['en-US', 'English (SDH)'],
    ]);
    const response = await alice.get(path('DE'));
    expect(response.headers.get('content-type')).toBe('text/vtt; charset=utf-8');
    expect(await response.text()).toBe(`${header}00:00:00.500 --> 00:00:01.500\nHallo &amp; willkommen\n`);
    expect((await alice.send('DELETE', path('en-US'))).status).toBe(204);
    expect((await listed()).map(({ language }) => language)).toEqual(['de']);
    expect(await problemOf(await alice.get(path('en-US')))).toBe('404 CAPTIONS_NOT_FOUND');
    expect(await problemOf(await alice.send('DELETE', path('en-US')))).toBe('404 CAPTIONS_NOT_FOUND');
  });

  it('are replaced as a whole; the bytes of the old ones are deleted later', async () => {
    await put('fr', vtt);
    const before = await keyOf('captions-fr');
    const again = await put('fr', vtt.replace('Hello', 'Bonjour'));
    expect(again.status).toBe(200);
    expect(await (await alice.get(path('fr'))).text()).toContain('Bonjour');
    const pending = await onDatabase<{ prefix: string }>(service, 'select prefix from pending_deletion');
    expect(pending.map(({ prefix }) => prefix)).toContain(before.replace('captions.vtt', ''));
    expect(pending.map(({ prefix }) => prefix)).not.toContain(
      (await keyOf('captions-fr')).replace('captions.vtt', ''),
    );
  });

  async function keyOf(name: string): Promise<string> {
    const [row] = await onDatabase<{ storage_key: string }>(
      service,
      'select storage_key from variant where media_id = $1 and name = $2',
      [film.id, name],
    );
    return row?.storage_key ?? '';
  }

  it('change a media only as it was read, where If-Match says so', async () => {
    const etag = (await put('it', vtt)).headers.get('etag') ?? '';
    expect((await put('it', vtt, { 'if-match': etag })).status).toBe(200);
    expect(await problemOf(await put('it', vtt, { 'if-match': etag }))).toBe('412 MEDIA_CHANGED');
    const headers = { 'if-match': etag };
    expect(await problemOf(await alice.send('DELETE', path('it'), { headers }))).toBe('412 MEDIA_CHANGED');
    expect((await listed()).map(({ language }) => language)).toContain('it');
  });

  it('of many at once all stay', async () => {
    const languages = ['nl', 'da', 'sv', 'fi', 'nb'];
    const answers = await Promise.all(languages.map((language) => put(language, vtt)));
    expect(answers.map(({ status }) => status)).toEqual(languages.map(() => 201));
    expect((await listed()).map(({ language }) => language)).toEqual(expect.arrayContaining(languages));
  });

  it.each([
    ['422 CAPTIONS_INVALID', 'de', 'no captions at all'],
    ['422 CAPTIONS_INVALID', 'de', Buffer.from([0x57, 0xff, 0x00])],
    ['413 CAPTIONS_TOO_LARGE', 'de', `${vtt}${'\n'.repeat(1024 ** 2)}`],
    ['400 VALIDATION_FAILED', 'no_language', vtt],
    ['400 VALIDATION_FAILED', `de?label=${'a'.repeat(101)}`, vtt],
    ['400 VALIDATION_FAILED', 'de?label=%22', vtt],
  ])('are refused with %s (%s)', async (expected, target, body) => {
    const before = await alice.json<MediaJson>(`/v1/media/${film.id}`);
    expect(await problemOf(await put(target, body))).toBe(expected);
    expect(await alice.json<MediaJson>(`/v1/media/${film.id}`)).toEqual(before);
  });

  it('name the line that is wrong', async () => {
    const problem = await jsonOf(await put('de', 'WEBVTT\n\n00:02.000 --> 00:01.000\na\n'), 422);
    expect(problem).toMatchObject({
      detail: 'Line 3: The cue ends before it starts',
      errors: [{ field: 'line 3', message: 'The cue ends before it starts' }],
    });
  });

  it('are changed by whoever may change the media alone, and hidden with it', async () => {
    const bob = await Api.as(service, { sub: 'bob' });
    const reader = await Api.as(service, { scopes: ['media:read'] });
    expect(await problemOf(await put('de', vtt, {}, bob))).toBe('404 MEDIA_NOT_FOUND');
    expect(await problemOf(await put('de', vtt, {}, reader))).toBe('403 INSUFFICIENT_SCOPE');
    expect(await problemOf(await put('de', vtt, {}, Api.anonymous(service)))).toBe('401 UNAUTHENTICATED');
    expect(await problemOf(await bob.get(path('de')))).toBe('404 MEDIA_NOT_FOUND');
    expect(await problemOf(await bob.send('DELETE', path('de')))).toBe('404 MEDIA_NOT_FOUND');
    await alice.patch(film.id, { visibility: 'public' });
    expect(await problemOf(await put('de', vtt, {}, bob))).toBe('403 MEDIA_FORBIDDEN');
    expect((await Api.anonymous(service).get(path('de'))).status).toBe(200);
    await alice.patch(film.id, { visibility: 'private' });
  });

  it('go with films and sound alone', async () => {
    const picture = await alice.upload(await photo(), { type: 'image/jpeg', name: 'a.jpg' });
    const response = await alice.request(path('de', picture.id), { method: 'PUT', body: vtt });
    expect(await problemOf(response)).toBe('422 CAPTIONS_UNSUPPORTED');
  });

  it('lie below the signed prefix of the playlists, under names that never change', async () => {
    await put('de', srt);
    const { url } = await alice.sign(film.id, 'hls/master.m3u8');
    const playlist = await fetch(url.replace('master.m3u8', 'captions/de/index.m3u8'));
    expect(playlist.headers.get('content-type')).toBe('application/vnd.apple.mpegurl');
    const text = await playlist.text();
    expect(text).toContain('#EXTINF:3.000,');
    const file = text.split('\n').find((line) => line.endsWith('.vtt')) ?? '';
    const segment = await fetch(url.replace('master.m3u8', `captions/de/${file}`));
    expect(segment.headers.get('cache-control')).toMatch(/max-age=\d+/);
    expect(await segment.text()).toContain('willkommen');
    await put('de', vtt);
    expect((await fetch(url.replace('master.m3u8', `captions/de/${file}`))).status).toBe(404);
    expect((await fetch(url.replace('master.m3u8', 'captions/xx/index.m3u8'))).status).toBe(404);
  });

  it('that a client brought outlive a reprocessing', async () => {
    await put('de', srt);
    const before = await listed();
    expect((await alice.send('POST', `/v1/media/${film.id}/reprocess`)).status).toBe(202);
    await alice.until(film.id);
    expect(await listed()).toEqual(before);
    expect(await (await alice.get(path('de'))).text()).toContain('willkommen');
  });
});

describe('captions in a file', () => {
  let tools: MediaTools;
  let outDir: string;
  beforeAll(async () => {
    tools = await openTestTools();
    outDir = await mkdtemp(join(tmpdir(), 'captions-'));
  });
  afterAll(() => rm(outDir, { recursive: true }));

  const limits = { maxPixels: 1920 * 1080 };

  async function extract(name: 'subtitled.mkv' | 'silent.mp4') {
    const { path, contentType } = await videoFixture(name);
    const input = mediaInput(path, contentType);
    if (!input) throw new Error(`${name} can not be read`);
    const document = await readDocument(tools, input, { cwd: outDir, timeoutMs: 30_000, limits });
    return extractCaptions(tools, { input, streams: document.streams, outDir, limits });
  }

  it('are taken out with language and title, each under a tag of its own', async () => {
    const found = await extract('subtitled.mkv');
    expect(found.map(({ language, label }) => [language, label])).toEqual([
      ['de', 'Deutsch'],
      ['en', 'English'],
      ['en-x-2', 'English (SDH)'],
    ]);
    expect(found[0]?.cues).toEqual([
      {
        startMs: 500,
        endMs: 1500,
        settings: '',
        text: expect.stringMatching(/^Hallo &(?:amp;)? willkommen$/),
      },
    ]);
    expect(found[2]?.cues[0]?.text).toMatch(/Hello.* again/);
  });

  it('are none in a film without', async () => {
    expect(await extract('silent.mp4')).toEqual([]);
  });
});
