import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { lint } from '../../scripts/lint-hls/lint.ts';
import { loadPresentation } from '../../scripts/lint-hls/load-presentation.ts';
import { httpReader } from '../../scripts/lint-hls/resource.ts';
import { videoFixture } from '../fixtures/video-fixtures.js';
import { Api, type MediaJson, problemOf } from '../support/api.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

describe('a stream with captions, by a signed URL', () => {
  let service: TestApp;
  let alice: Api;
  let film: MediaJson;
  let watch: string;
  beforeAll(async () => {
    service = await startTestApp({ env: { VIDEO_PRESET: 'veryfast', VIDEO_LADDER: '120p:200k,180p:400k' } });
    alice = await Api.as(service);
    const { path, contentType } = await videoFixture('subtitled.mkv');
    film = await alice.uploadReady(await readFile(path), { name: 'Film.mkv', type: contentType });
    watch = (await alice.sign(film.id, 'watch')).url;
  });
  afterAll(() => service.close());

  /** What the token of the page opens. */
  const signed = (path: string) => {
    const [page = '', token = ''] = watch.split('#');
    return page.replace(`/watch/${film.id}`, `/v1/signed/${token}/media/${film.id}/${path}`);
  };

  it('keeps to every rule of the linter as it is served, but for what depends on the pictures', async () => {
    const presentation = await loadPresentation(new URL(signed('hls/master.m3u8')), httpReader(), {
      maxSegments: 100,
    });
    const findings = lint(presentation).filter(({ rule }) => rule.id !== 'peak-ratio');
    expect(findings.flatMap(({ departures }) => departures)).toEqual([]);
    const roles = [...presentation.renditions.values()].map(({ role }) => role);
    expect(roles.toSorted()).toEqual([
      'frames',
      'frames',
      'subtitles',
      'subtitles',
      'subtitles',
      'video',
      'video',
    ]);
  });

  it('has the texts of the file as captions', async () => {
    const { items } = await alice.json<{ items: { language: string; label: string; source: string }[] }>(
      `/v1/media/${film.id}/captions`,
    );
    expect(items.map(({ language, label, source }) => [language, label, source])).toEqual([
      ['de', 'Deutsch', 'embedded'],
      ['en', 'English', 'embedded'],
      ['en-x-2', 'English (SDH)', 'embedded'],
    ]);
    expect(await (await alice.get(`/v1/media/${film.id}/captions/de`)).text()).toContain('willkommen');
  });

  it('can be played by DASH, over the same files', async () => {
    const { url } = await alice.sign(film.id, 'dash/manifest.mpd');
    const response = await fetch(url);
    expect(response.headers.get('content-type')).toBe('application/dash+xml');
    const manifest = await response.text();
    const base = new URL(/<BaseURL>(.*?)<\/BaseURL>/.exec(manifest)?.[1] ?? '', url);
    const [, init = '', media = ''] = /initialization="(.*?)" media="(.*?)"/.exec(manifest) ?? [];
    for (const name of ['120p', '180p']) {
      expect(manifest).toContain(`<Representation id="${name}"`);
      for (const template of [init, media]) {
        const file = template.replace('$RepresentationID$', name).replace('$Number%05d$', '00001');
        expect([file, (await fetch(new URL(file, base))).status]).toEqual([file, 200]);
      }
    }
  });

  it('opens with its token what shows no more than itself, and nothing else', async () => {
    const playback = await (await fetch(signed('playback'))).json();
    expect(playback).toEqual({
      title: 'Film',
      status: 'ready',
      playable: true,
      progress: 100,
      duration: expect.closeTo(2, 1),
      hls: 'hls/master.m3u8',
      dash: 'dash/manifest.mpd',
      poster: 'thumbnail?size=large',
      storyboard: null,
    });
    for (const path of ['thumbnail?size=large', 'captions', 'captions/de', 'dash/manifest.mpd']) {
      expect([path, (await fetch(signed(path))).status]).toEqual([path, 200]);
    }
    for (const path of ['download', 'stream', 'variants/thumbnail-large', 'image?width=10']) {
      expect(await problemOf(await fetch(signed(path)))).toBe('403 SIGNATURE_INVALID');
    }
    const exact = (await alice.sign(film.id, 'thumbnail?size=large')).url;
    expect((await fetch(exact)).status).toBe(200);
    expect((await fetch(exact.replace('size=large', 'size=small'))).status).toBe(403);
  });

  it('removes captions of the file alone, without the pictures that were made with them', async () => {
    expect((await alice.send('DELETE', `/v1/media/${film.id}/captions/en-x-2`)).status).toBe(204);
    expect(await (await alice.get(`/v1/media/${film.id}/hls/master.m3u8`)).text()).not.toContain('en-x-2');
    expect((await alice.get(`/v1/media/${film.id}/thumbnail`)).status).toBe(200);
  });
});
