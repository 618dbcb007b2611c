import { createDecipheriv } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { lint } from '../../scripts/lint-hls/lint.ts';
import { loadPresentation } from '../../scripts/lint-hls/load-presentation.ts';
import { boxesIn, Mp4Problem } from '../../scripts/lint-hls/mp4/boxes.ts';
import { httpReader } from '../../scripts/lint-hls/resource.ts';
import { videoFixture } from '../fixtures/video-fixtures.js';
import { Api, bytesOf, type MediaJson, problemOf } from '../support/api.js';
import { decodeFrame, probeStreams } from '../support/decode.js';
import { canPlayUrls, frameHashes } from '../support/play-url.js';
import { colourDistance, fieldMeans, readPixels } from '../support/pixels.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

describe('an encrypted stream', () => {
  let service: TestApp;
  let alice: Api;
  let film: MediaJson;
  let master: string;
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'encrypted-streams-'));
    service = await startTestApp({
      env: {
        VIDEO_ENCRYPTION: 'aes-128',
        VIDEO_PRESET: 'veryfast',
        VIDEO_LADDER: '120p:200k,180p:400k',
        VIDEO_MP4: 'true',
      },
    });
    alice = await Api.as(service);
    const { path, contentType } = await videoFixture('film.mp4');
    film = await alice.uploadReady(await readFile(path), { name: 'Film.mp4', type: contentType });
    master = (await alice.sign(film.id, 'hls/master.m3u8')).url;
  });
  afterAll(async () => {
    await service.close();
    await rm(directory, { recursive: true });
  });

  const hls = (path: string) => `/v1/media/${film.id}/hls/${path}`;
  const read = async (path: string) => bytesOf(await alice.get(hls(path)));
  const text = async (path: string) => (await read(path)).toString();

  /** Decrypts a rendition by what its playlist says, and writes it as one file. */
  async function decrypted(name: string): Promise<string> {
    const playlist = await text(`${name}/index.m3u8`);
    const [, init, key = ''] = /MAP:URI="(.*?)"\n#EXT-X-KEY:METHOD=AES-128,URI="(.*?)"/.exec(playlist) ?? [];
    const secret = await read(`${name}/${key}`);
    const parts = [await read(`${name}/${init}`)];
    for (const [at, [uri]] of [...playlist.matchAll(/^.*\.m4s$/gm)].entries()) {
      const vector = Buffer.alloc(16);
      vector.writeUInt32BE(at + 1, 12);
      const opening = createDecipheriv('aes-128-cbc', secret, vector);
      parts.push(opening.update(await read(`${name}/${uri}`)), opening.final());
    }
    const path = join(directory, `${name}.mp4`);
    await writeFile(path, Buffer.concat(parts));
    return path;
  }

  it('names its key behind the init segment, another one for each rendition', async () => {
    const keys = await Promise.all(
      ['120p', '180p', 'audio'].map(async (name) => {
        expect(await text(`${name}/index.m3u8`)).toContain(
          '#EXT-X-MAP:URI="g1-init1.mp4"\n#EXT-X-KEY:METHOD=AES-128,URI="g1.key"\n#EXTINF',
        );
        return (await read(`${name}/g1.key`)).toString('hex');
      }),
    );
    expect(keys).toEqual(Array(3).fill(expect.stringMatching(/^[0-9a-f]{32}$/)));
    expect(new Set(keys).size).toBe(3);
  });

  it('gives the key to those who may have the stream, and to no cache', async () => {
    const key = await alice.get(hls('120p/g1.key'), { 'accept-encoding': 'gzip' });
    expect([key.status, key.headers.get('content-length'), key.headers.get('content-type')]).toEqual([
      200,
      '16',
      'application/octet-stream',
    ]);
    expect(key.headers.get('cache-control')).toBe('private, no-store');
    const signed = new URL('120p/g1.key', master);
    expect((await bytesOf(await fetch(signed))).equals(await bytesOf(key))).toBe(true);
  });

  it('refuses the key as it refuses the stream', async () => {
    const others = [Api.anonymous(service), await Api.as(service, { sub: 'bob' })];
    for (const path of ['120p/g1.key', 'master.m3u8']) {
      for (const api of others) expect(await problemOf(await api.get(hls(path)))).toBe('404 MEDIA_NOT_FOUND');
      const other = master.replace(/signed\/.{5}/, 'signed/AAAAA').replace('master.m3u8', path);
      expect(await problemOf(await fetch(other))).toBe('403 SIGNATURE_INVALID');
    }
    const segment = (await alice.sign(film.id, 'download')).url.replace('/download', '/hls/120p/g1.key');
    expect(await problemOf(await fetch(segment))).toBe('403 SIGNATURE_INVALID');
  });

  it.each(['240p/g1.key', '120p/g2.key', '120p/frames.m3u8'])('has no %s', async (path) => {
    expect(await problemOf(await alice.get(hls(path)))).toBe('404 VARIANT_NOT_FOUND');
  });

  it('keeps segments that are no fMP4 without the key', async () => {
    const segment = await read('120p/g1-00001.m4s');
    expect(() => boxesIn(segment)).toThrow(Mp4Problem);
    expect(segment.includes('moof')).toBe(false);
    const file = await readFile(await decrypted('120p'));
    expect(boxesIn(file).map(({ type }) => type)).toEqual(expect.arrayContaining(['ftyp', 'moov', 'moof']));
  });

  it('keeps to every rule of the linter, which has the keys by the same signed URL', async () => {
    const presentation = await loadPresentation(new URL(master), httpReader(), { maxSegments: 100 });
    const findings = lint(presentation).filter(({ rule }) => rule.id !== 'peak-ratio');
    expect(findings.flatMap(({ departures }) => departures)).toEqual([]);
    const looked = findings.filter(({ outcome }) => outcome === 'ok').map(({ rule }) => rule.id);
    expect(looked).toEqual(
      expect.arrayContaining(['decode-time', 'key-length', 'key-caching', 'key-vectors']),
    );
  });

  (canPlayUrls ? it : it.skip)(
    'plays by its signed URL, to the frames that are in it (needs the system’s ffmpeg)',
    async () => {
      const frames = await frameHashes(new URL('180p/index.m3u8', master).href);
      expect(frames).toHaveLength(180);
      expect(frames).toEqual(await frameHashes(await decrypted('180p')));
    },
  );

  it('has thumbnails at any time, out of its segments', async () => {
    const thumbnail = await alice.get(`/v1/media/${film.id}/thumbnail?time=4.5&size=small`);
    expect([thumbnail.status, thumbnail.headers.get('content-type')]).toEqual([200, 'image/webp']);
    const [shown, wanted] = await Promise.all([
      readPixels(await bytesOf(thumbnail)),
      readPixels(await decodeFrame(await decrypted('120p'), 4.5)),
    ]);
    expect(colourDistance(fieldMeans(shown, 4, 3), fieldMeans(wanted, 4, 3))).toBeLessThan(12);
  });

  it('has whole files that are not encrypted', async () => {
    const path = join(directory, 'whole.mp4');
    await writeFile(path, await bytesOf(await alice.get(`/v1/media/${film.id}/variants/mp4-120p`)));
    expect((await probeStreams(path)).map(({ codec_name }) => codec_name)).toEqual(['h264', 'aac']);
  });

  it('has no DASH manifest, and says so', async () => {
    expect(await problemOf(await alice.get(`/v1/media/${film.id}/dash/manifest.mpd`))).toBe(
      '404 DASH_UNAVAILABLE',
    );
    const playback = await alice.json<{ hls: string; dash: string | null }>(`/v1/media/${film.id}/playback`);
    expect(playback).toMatchObject({ hls: 'hls/master.m3u8', dash: null });
    expect(await text('master.m3u8')).not.toContain('I-FRAME');
  });
});
