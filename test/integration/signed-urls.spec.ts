import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { UrlSigner } from '../../src/security/index.js';
import { Api, bytesOf, type MediaJson, problemOf } from '../support/api.js';
import { plainPicture } from '../support/pictures.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

/** The status of a GET whose path is sent as it is: fetch would tidy it up. */
function rawStatus(origin: string, path: string): Promise<number | undefined> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on('error', reject).end();
  });
}

const oldKey = 'the key of last year, which is long enough';
const newKey = 'the key of this year, which is long enough';
const INVALID = '403 SIGNATURE_INVALID';

describe('signed URLs', () => {
  let service: TestApp;
  let alice: Api;
  let anyone: Api;
  let picture: Buffer;
  let media: MediaJson;
  let other: MediaJson;

  beforeAll(async () => {
    service = await startTestApp({ env: { URL_SIGNING_KEY: oldKey } });
    alice = await Api.as(service);
    anyone = Api.anonymous(service);
    picture = await plainPicture(300, 200, 1);
    media = await alice.uploadReady(picture);
    other = await alice.uploadReady(await plainPicture(300, 200, 2));
  });
  afterAll(() => service.close());

  /** A URL signed by the service's own key, ending when the test says. */
  function signUntil(target: string, expiresAtSeconds: number): string {
    const resource = `/v1/media/${media.id}/${target}`;
    const token = service.app
      .get(UrlSigner, { strict: false })
      .sign({ resource, scope: 'exact', expiresAtSeconds });
    return resource.replace('/v1/', `/v1/signed/${token}/`);
  }

  const statusOf = (url: string) => rawStatus(service.url, url.replace(service.url, ''));
  const nowSeconds = () => Math.floor(Date.now() / 1000);
  const signed = async (target: string, id = media.id) => (await alice.sign(id, target)).url;

  it.each([
    'download',
    'stream',
    'thumbnail',
    'thumbnail?size=small',
    'variants/optimized',
    'image?width=20',
    'resize?width=20&format=png',
    'convert?format=webp',
  ])('open %s to whoever has it, on other sites too', async (target) => {
    const url = await signed(target);
    expect(new URL(url).origin).toBe(service.url);
    const response = await anyone.get(url);
    expect([response.status, response.headers.get('cross-origin-resource-policy')]).toEqual([
      200,
      'cross-origin',
    ]);
    expect((await bytesOf(response)).length).toBeGreaterThan(0);
    expect((await anyone.head(url)).status).toBe(200);
  });

  it('give the very bytes, in ranges as well', async () => {
    const url = await signed('download');
    expect((await bytesOf(await anyone.get(url))).equals(picture)).toBe(true);
    const response = await anyone.get(url, { range: 'bytes=0-7' });
    expect([response.status, (await bytesOf(response)).equals(picture.subarray(0, 8))]).toEqual([206, true]);
  });

  it('are worth what they say, whoever the caller is', async () => {
    const bob = await Api.as(service, { sub: 'bob' });
    expect((await bob.get(await signed('download'))).status).toBe(200);
    expect((await bob.get(`/v1/media/${media.id}/download`)).status).toBe(404);
  });

  it('cover the query: nothing can be changed, added or left out', async () => {
    const url = await signed('image?width=20&height=10&format=png');
    const { width, height } = await sharp(await bytesOf(await anyone.get(url))).metadata();
    expect([width, height]).toEqual([20, 10]);
    for (const changed of [
      url.replace('width=20', 'width=21'),
      url.replace('&height=10', ''),
      `${url}&quality=1`,
      url.replace(/\?.*/, ''),
    ])
      expect([changed, await problemOf(await anyone.get(changed))]).toEqual([changed, INVALID]);
    expect((await anyone.get(`${url}&width=20`)).status).toBe(400);
  });

  it('do not mind in which order the query names its parameters', async () => {
    const url = await signed('resize?width=20&height=10&format=png');
    const turned = url.replace('width=20&height=10&format=png', 'format=png&height=10&width=20');
    expect((await anyone.get(turned)).status).toBe(200);
  });

  it('open nothing else', async () => {
    const url = await signed('thumbnail?size=small');
    const token = new URL(url).pathname.split('/')[3] ?? '';
    for (const path of [
      `media/${media.id}/thumbnail?size=large`,
      `media/${media.id}/thumbnail`,
      `media/${media.id}/download`,
      `media/${media.id}/variants`,
      `media/${other.id}/thumbnail?size=small`,
      `media/${media.id.toUpperCase()}/thumbnail?size=small`,
      `media/${media.id}%2fthumbnail?size=small`,
    ])
      expect([path, await statusOf(`/v1/signed/${token}/${path}`)]).not.toEqual([path, 200]);
  });

  it('open no metadata', async () => {
    const token = new URL(await signed('download')).pathname.split('/')[3] ?? '';
    for (const path of ['', '/events', '/signed-urls'])
      expect((await anyone.get(`/v1/signed/${token}/media/${media.id}${path}`)).status).toBe(404);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('are not for %s', async (method) => {
    const url = await signed('download');
    for (const caller of [anyone, alice]) expect((await caller.request(url, { method })).status).toBe(404);
    const token = new URL(url).pathname.split('/')[3] ?? '';
    expect((await alice.request(`/v1/signed/${token}/media/${media.id}`, { method })).status).toBe(404);
    expect((await alice.get(`/v1/media/${media.id}`)).status).toBe(200);
  });

  it('are refused when the token is not one of ours', async () => {
    const url = await signed('download');
    const token = new URL(url).pathname.split('/')[3] ?? '';
    const swapped = token.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
    for (const forged of [swapped, token.slice(0, -1), `${token}A`, 'x', '%00', 'a'.repeat(3000)])
      expect([forged.slice(0, 70), (await anyone.get(url.replace(token, forged))).status]).toEqual([
        forged.slice(0, 70),
        403,
      ]);
  });

  it('end when they say', async () => {
    const url = signUntil('download', nowSeconds() + 2);
    const response = await anyone.get(url);
    expect(response.status).toBe(200);
    await response.body?.cancel();
    await sleep(2100);
    expect(await problemOf(await anyone.get(url))).toBe('403 SIGNATURE_EXPIRED');
  });

  it('let caches keep nothing beyond their end, and nothing for more than an hour', async () => {
    const maxAge = async (seconds: number) => {
      const { headers } = await anyone.head(signUntil('download', nowSeconds() + seconds));
      return Number(/^public, max-age=(\d+)$/.exec(headers.get('cache-control') ?? '')?.[1]);
    };
    expect(await maxAge(100)).toBeLessThanOrEqual(100);
    expect(await maxAge(100)).toBeGreaterThan(90);
    expect(await maxAge(3 * 3600)).toBe(3600);
  });

  it('are the same for all that are asked for within a while, so that caches keep one copy', async () => {
    const urls = await Promise.all(Array.from({ length: 5 }, () => signed('thumbnail')));
    expect(new Set(urls).size).toBeLessThanOrEqual(2);
    const { expiresAt } = await alice.sign(media.id, 'thumbnail', 600);
    const left = (Date.parse(expiresAt) - Date.now()) / 1000;
    expect(left).toBeGreaterThan(598);
    expect(left).toBeLessThanOrEqual(750);
  });

  it('of a playlist open all that is below hls/, and beside it what shows no more', async () => {
    const url = await signed('hls/master.m3u8');
    const below = (path: string) => url.replace('hls/master.m3u8', path);
    for (const path of [
      'hls/master.m3u8',
      'hls/720p/index.m3u8',
      'hls/720p/00001.m4s',
      'hls/audio/init.mp4?x=1',
    ])
      expect([path, await problemOf(await anyone.get(below(path)))]).toEqual([path, '404 VARIANT_NOT_FOUND']);
    for (const path of [
      'download',
      'stream',
      'image?width=10',
      'variants',
      'hlsx/a/b',
      'hls/../download',
      'hls/%2e%2e/download',
    ])
      expect([path, (await anyone.get(below(path))).status]).not.toEqual([path, 200]);
    expect((await anyone.get(below('thumbnail'))).status).toBe(200);
    expect(await problemOf(await anyone.get(below('download')))).toBe(INVALID);
    expect(await problemOf(await anyone.get(below('hls/master.m3u8').replace(media.id, other.id)))).toBe(
      INVALID,
    );
  });

  it.each([
    '',
    'events',
    '../../admin/status',
    'hls/720p/index.m3u8',
    'variants',
    'signed-urls',
    'download#x',
    'download?a=\u00e4',
    'download\n',
  ])('are not made for %j', async (target) => {
    const response = await alice.send('POST', `/v1/media/${media.id}/signed-urls`, {
      body: { target, expiresIn: 600 },
    });
    expect(await response.json()).toMatchObject({
      status: 400,
      errors: expect.arrayContaining([expect.objectContaining({ field: 'target' })]),
    });
  });

  it.each([59, 0, -1, 1.5, '600', 7 * 24 * 3600 + 1])('are not made for %p seconds', async (expiresIn) => {
    const body = { target: 'download', expiresIn };
    const response = await alice.send('POST', `/v1/media/${media.id}/signed-urls`, { body });
    expect(await response.json()).toMatchObject({
      status: 400,
      errors: expect.arrayContaining([expect.objectContaining({ field: 'expiresIn' })]),
    });
  });

  it('are made by those alone who may read', async () => {
    const body = { target: 'download', expiresIn: 600 };
    const path = `/v1/media/${media.id}/signed-urls`;
    const bob = await Api.as(service, { sub: 'bob' });
    expect(await problemOf(await bob.send('POST', path, { body }))).toBe('404 MEDIA_NOT_FOUND');
    expect(await problemOf(await anyone.send('POST', path, { body }))).toBe('401 UNAUTHENTICATED');
  });

  describe('after a rotation of keys', () => {
    let rotated: TestApp;
    let forgotten: TestApp;
    beforeAll(async () => {
      rotated = await startTestApp({
        beside: service,
        env: { URL_SIGNING_KEY: newKey, URL_SIGNING_KEY_PREVIOUS: oldKey },
      });
      forgotten = await startTestApp({ beside: service, env: { URL_SIGNING_KEY: newKey } });
    });
    afterAll(async () => {
      await rotated.close();
      await forgotten.close();
    });

    it('hold while the old key is known as the previous one', async () => {
      const { pathname } = new URL(await signed('download'));
      expect((await Api.anonymous(rotated).get(pathname)).status).toBe(200);
      expect(await problemOf(await Api.anonymous(forgotten).get(pathname))).toBe(INVALID);
    });

    it('are made with the new one alone', async () => {
      const { url } = await (await Api.as(rotated)).sign(media.id, 'download');
      const { pathname } = new URL(url);
      expect((await Api.anonymous(forgotten).get(pathname)).status).toBe(200);
      expect(await problemOf(await anyone.get(pathname))).toBe(INVALID);
    });
  });

  it('name the public origin when there is one', async () => {
    const behind = await startTestApp({
      beside: service,
      env: { PUBLIC_URL: 'https://media.example/', URL_SIGNING_KEY: oldKey },
    });
    try {
      const { url } = await (await Api.as(behind)).sign(media.id, 'download');
      expect(url).toMatch(/^https:\/\/media\.example\/v1\/signed\/[\w-]+\/media\//);
    } finally {
      await behind.close();
    }
  });
});
