import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type VideoFixture, videoFixture } from '../fixtures/video-fixtures.js';
import { Api, bytesOf, type MediaJson, problemOf } from '../support/api.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

type Video = MediaJson & { playable: boolean; metadata: Record<string, unknown> };

const undecodable: [string, VideoFixture][] = [
  ['an encrypted video', 'encrypted.mp4'],
  ['a video of nonsense', 'noise.mp4'],
];

describe.each([
  ['false', 'failed'],
  ['true', 'ready'],
] as const)('where VIDEO_KEEP_UNDECODABLE is %s', (VIDEO_KEEP_UNDECODABLE, status) => {
  let service: TestApp;
  let alice: Api;
  beforeAll(async () => {
    service = await startTestApp({ env: { VIDEO_KEEP_UNDECODABLE, VIDEO_LADDER: '120p:200k' } });
    alice = await Api.as(service);
  });
  afterAll(() => service.close());

  it.each(undecodable)(`%s is ${status}, and can be downloaded`, async (_, name) => {
    const { path, contentType } = await videoFixture(name);
    const bytes = await readFile(path);
    const { id } = await alice.upload(bytes, { name, type: contentType });
    const media = (await alice.until(id, status)) as Video;
    expect(media).toMatchObject(
      status === 'ready'
        ? { failure: null, metadata: { downloadOnly: true, reason: 'VIDEO_CORRUPT' } }
        : { failure: { code: 'VIDEO_CORRUPT' } },
    );
    expect([media.kind, media.playable]).toEqual(['video', false]);
    expect((await bytesOf(await alice.get(`/v1/media/${id}/download`))).equals(bytes)).toBe(true);
    expect(await problemOf(await alice.get(`/v1/media/${id}/hls/master.m3u8`))).toBe('404 VARIANT_NOT_FOUND');
  });
});
