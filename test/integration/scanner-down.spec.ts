import { createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api, type MediaJson, problemOf, type ProblemJson } from '../support/api.js';
import { plainPicture } from '../support/pictures.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

/** A port of this machine where nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('while the scanner is down', () => {
  let service: TestApp;
  let alice: Api;
  let media: MediaJson;

  beforeAll(async () => {
    const port = await closedPort();
    service = await startTestApp({ env: { CLAMAV_HOST: '127.0.0.1', CLAMAV_PORT: String(port) } });
    alice = await Api.as(service);
    media = await alice.upload(await plainPicture(64, 48, 1), { fields: { visibility: 'public' } });
  });
  afterAll(() => service.close());

  it('takes uploads, which wait', () => {
    expect(media.status).toBe('scanning');
  });

  it('delivers nothing of them, to nobody', async () => {
    const admin = await Api.as(service, { sub: 'root', scopes: ['admin'] });
    for (const caller of [alice, admin, Api.anonymous(service)]) {
      for (const target of ['download', 'stream', 'thumbnail', 'variants', 'hls/master.m3u8']) {
        const response = await caller.get(`/v1/media/${media.id}/${target}`);
        expect(response.headers.get('retry-after')).toBe('5');
        expect([target, await problemOf(response)]).toEqual([target, '409 MEDIA_NOT_CLEAN']);
      }
    }
    const { url } = await alice.sign(media.id, 'download');
    expect(await problemOf(await Api.anonymous(service).get(url))).toBe('409 MEDIA_NOT_CLEAN');
  });

  it('goes on showing what is known of them', async () => {
    expect((await alice.json<MediaJson>(`/v1/media/${media.id}`)).status).toBe('scanning');
  });

  it('is not ready, and says what is missing, in time for a probe', async () => {
    const started = performance.now();
    const response = await fetch(`${service.url}/health/ready`);
    expect(performance.now() - started).toBeLessThan(3000);
    const problem = (await response.json()) as ProblemJson;
    expect([response.status, problem.errors]).toEqual([503, [{ field: 'scanner', message: 'down' }]]);
  });

  it('lives', async () => {
    expect((await fetch(`${service.url}/health/live`)).status).toBe(200);
  });

  it('says in its status that it has a scanner', async () => {
    const admin = await Api.as(service, { sub: 'root', scopes: ['admin'] });
    expect(await admin.json('/v1/admin/status')).toMatchObject({
      backends: { scanner: 'clamav' },
      warnings: [],
    });
  });
});
