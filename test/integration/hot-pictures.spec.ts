import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HotResponses } from '../../src/cache/index.js';
import { Api, bytesOf, type MediaJson } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { plainPicture } from '../support/pictures.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const MINUTE_LIMIT = 400;

describe('pictures that are asked for over and over', () => {
  let service: TestApp;
  let beside: TestApp;
  let alice: Api;
  let anyone: Api;
  let media: MediaJson;
  let given: number;

  beforeAll(async () => {
    service = await startTestApp({ env: { RATE_LIMIT_PER_MINUTE: String(MINUTE_LIMIT) } });
    beside = await startTestApp({ beside: service, env: { ROLE: 'api' } });
    alice = await Api.as(service);
    anyone = Api.anonymous(service);
    media = await alice.uploadReady(await plainPicture(300, 200, 1));
    const responses = service.app.get(HotResponses);
    const get = responses.get.bind(responses);
    responses.get = (request) => {
      const found = get(request);
      if (found) given += 1;
      return found;
    };
  });
  afterAll(async () => {
    await beside.close();
    await service.close();
  });

  const thumbnail = () => `/v1/media/${media.id}/thumbnail?size=small`;

  /** Asks until the answer comes from memory. */
  async function heat(api: Api, path: string): Promise<Response> {
    given = 0;
    return eventually(async () => {
      const response = await api.get(path);
      expect([response.status, given > 0]).toEqual([200, true]);
      return response;
    });
  }

  it('are the same from memory, headers and all', async () => {
    const cold = await alice.get(thumbnail());
    const hot = await heat(alice, thumbnail());
    const ofAll = (response: Response) =>
      Object.fromEntries(
        [...response.headers].filter(
          ([name]) => !/^(?:date|age|x-request-id|ratelimit-.*|keep-alive)$/.test(name),
        ),
      );
    expect(ofAll(hot)).toEqual(ofAll(cold));
    expect((await bytesOf(hot)).equals(await bytesOf(cold))).toBe(true);
    expect(hot.headers.get('x-request-id')).not.toBe(cold.headers.get('x-request-id'));
  });

  it('count against the limit of whoever asks', async () => {
    const remaining = (response: Response) => Number(response.headers.get('ratelimit-remaining'));
    const before = remaining(await heat(alice, thumbnail()));
    expect(remaining(await alice.get(thumbnail()))).toBe(before - 1);
  });

  it('are refused beyond the limit', async () => {
    const carol = await Api.as(service, { sub: 'carol', org: 'acme' });
    const hers = await carol.uploadReady(await plainPicture(120, 80, 7));
    const path = `/v1/media/${hers.id}/thumbnail?size=small`;
    const left = Number((await heat(carol, path)).headers.get('ratelimit-remaining'));
    for (let sent = 0; sent < left; sent += 50) {
      await Promise.all(Array.from({ length: 50 }, async () => bytesOf(await carol.get(path))));
    }
    expect((await carol.get(path)).status).toBe(429);
  });

  it('are not for others', async () => {
    await heat(alice, thumbnail());
    expect((await anyone.get(thumbnail())).status).toBe(404);
    expect((await (await Api.as(service, { sub: 'mallory' })).get(thumbnail())).status).toBe(404);
    const { url } = await alice.sign(media.id, 'thumbnail?size=small');
    await heat(anyone, url.replace(service.url, ''));
    expect((await anyone.get(thumbnail())).status).toBe(404);
  });

  it('are gone at once when the public may see them no more, wherever that was said', async () => {
    const theirs = await Api.as(beside);
    for (const owner of [alice, theirs]) {
      await owner.patch(media.id, { visibility: 'public' });
      await heat(anyone, thumbnail());
      await owner.patch(media.id, { visibility: 'private' });
      if (owner === alice) expect((await anyone.get(thumbnail())).status).toBe(404);
      else await eventually(async () => expect((await anyone.get(thumbnail())).status).toBe(404));
    }
  });

  it('are gone with their media', async () => {
    await heat(alice, thumbnail());
    expect((await alice.send('DELETE', `/v1/media/${media.id}`)).status).toBe(204);
    expect((await alice.get(thumbnail())).status).toBe(404);
  });
});
