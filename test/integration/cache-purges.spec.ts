import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Api, type MediaJson, onDatabase } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { plainPicture } from '../support/pictures.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

describe('purges of shared caches', () => {
  let cdn: Server;
  let service: TestApp;
  let alice: Api;
  let media: MediaJson;
  const purged: (string | undefined)[] = [];
  /** Status codes of the next answers; 200 when there are none left. */
  const answers: number[] = [];

  beforeAll(async () => {
    cdn = createServer((request, response) => {
      purged.push(request.headers['surrogate-key']?.toString());
      request.resume();
      response.writeHead(answers.shift() ?? 200).end('{}');
    });
    await new Promise<void>((resolve) => cdn.listen(0, '127.0.0.1', resolve));
    service = await startTestApp({
      env: {
        CDN_PURGE_URL: `http://127.0.0.1:${(cdn.address() as AddressInfo).port}/service/x/purge`,
        CDN_PURGE_STYLE: 'fastly',
        CDN_PURGE_SECRET: 'token',
      },
    });
    alice = await Api.as(service);
  });
  afterAll(async () => {
    await service.close();
    cdn.closeAllConnections();
    cdn.close();
  });
  beforeEach(async () => {
    media = await alice.uploadReady(await plainPicture(20, 20, purged.length), {
      fields: { visibility: 'public' },
    });
    purged.length = 0;
  });

  /** What the CDN was told, once it was told so many times. */
  const purges = (count: number): Promise<(string | undefined)[]> =>
    eventually(() => {
      if (purged.length < count) throw new Error(`${purged.length} and not ${count}`);
      return [...purged];
    }, 20_000);

  it.each<[string, () => Promise<unknown>]>([
    ['it is hidden', () => alice.patch(media.id, { visibility: 'private' })],
    ['it goes to the trash', () => alice.send('DELETE', `/v1/media/${media.id}`)],
    ['it is purged', () => alice.send('DELETE', `/v1/media/${media.id}?permanent=true`)],
    ['it is processed again', () => alice.send('POST', `/v1/media/${media.id}/reprocess`)],
  ])('happen when %s', async (_name, change) => {
    await change();
    expect(await purges(1)).toEqual([`media-${media.id}`]);
  });

  it('are repeated until the CDN takes them', async () => {
    answers.push(500, 429);
    await alice.patch(media.id, { visibility: 'org' });
    const key = `media-${media.id}`;
    expect(await purges(3)).toEqual([key, key, key]);
  });

  it('do not happen when nothing changes that caches hold', async () => {
    await alice.patch(media.id, { tags: ['new'], visibility: 'public' });
    const requests = await onDatabase(service, `select * from outbox where job = 'delivery.purge-cache'`);
    expect([requests, purged]).toEqual([[], []]);
    await alice.patch(media.id, { visibility: 'private' });
    expect(await purges(1)).toEqual([`media-${media.id}`]);
  });
});
