import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { eicar, findClamd, type RunningClamd, startClamd } from '../support/clamd.js';
import { eventually } from '../support/eventually.js';
import { MediaClient, smallPicture } from '../support/media-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const MAX_BYTES = 200_000;
const clamd = findClamd();

/** A picture that anyone can look at, with something behind its end. */
async function infectedJpeg(): Promise<Buffer> {
  const picture = await sharp(await smallPicture())
    .jpeg()
    .toBuffer();
  return Buffer.concat([picture, eicar]);
}

const infectedPdf = () => Buffer.concat([Buffer.from('%PDF-1.7\n'), eicar, Buffer.from('\n%%EOF\n')]);

(clamd ? describe : describe.skip)('the virus scan (needs clamd)', () => {
  let server: RunningClamd;
  let receiver: Server;
  const events: { type: string; data: { id: string; status: string } }[] = [];
  let service: TestApp;
  let client: MediaClient;

  const start = (settings: Record<string, string> = {}) => startClamd(clamd ?? '', settings);

  beforeAll(async () => {
    server = await start();
    receiver = createServer((request, response) => {
      request.setEncoding('utf8').on('data', (body: string) => events.push(JSON.parse(body)));
      request.on('end', () => response.end());
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    service = await startTestApp({
      env: {
        CLAMAV_HOST: server.host,
        CLAMAV_PORT: String(server.port),
        CLAMAV_MAX_BYTES: String(MAX_BYTES),
        WEBHOOK_URLS: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`,
        WEBHOOK_SECRET: 'a secret of the receiver',
      },
    });
    client = new MediaClient({ url: service.url, bearer: await service.bearer() });
  });
  afterAll(async () => {
    await service?.close();
    receiver?.close();
    await server?.stop();
  });

  it('lets a clean picture through', async () => {
    const { id } = await client.upload(await smallPicture());
    await client.until(id, 'ready');
    expect((await client.request(`/v1/media/${id}/download`)).status).toBe(200);
  });

  describe.each([
    { what: 'a picture', bytes: infectedJpeg, name: 'photo.jpg', type: 'image/jpeg' },
    { what: 'a document', bytes: infectedPdf, name: 'paper.pdf', type: 'application/pdf' },
  ])('of $what that is infected', ({ bytes, name, type }) => {
    let id: string;
    beforeAll(async () => {
      ({ id } = await client.upload(await bytes(), { name, type }));
      await client.until(id, 'quarantined');
    });

    it('says what it is', async () => {
      expect(await client.get(id)).toMatchObject({
        failure: { code: 'MEDIA_INFECTED', detail: expect.stringContaining('Eicar') },
      });
    });

    it('tells webhooks', async () => {
      await eventually(() => {
        expect(events).toContainEqual(
          expect.objectContaining({
            type: 'media.quarantined',
            data: expect.objectContaining({ id, status: 'quarantined' }),
          }),
        );
      });
    });

    it.each(['download', 'stream', 'thumbnail', 'resize?width=10', 'convert?format=webp', 'image?width=10'])(
      'never lets its bytes out by %s, nor by a signed URL for it',
      async (target) => {
        const response = await client.request(`/v1/media/${id}/${target}`);
        expect(response.status).toBeGreaterThanOrEqual(400);
        expect(await response.text()).not.toContain('ANTIVIRUS-TEST-FILE');

        const signed = await client.request(`/v1/media/${id}/signed-urls`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ target, expiresIn: 600 }),
        });
        expect(signed.status).not.toBe(404);
        if (signed.status === 201) {
          const { url } = (await signed.json()) as { url: string };
          const fetched = await fetch(url);
          expect(fetched.status).toBeGreaterThanOrEqual(400);
          expect(await fetched.text()).not.toContain('ANTIVIRUS-TEST-FILE');
        }
      },
    );

    it('refuses to try it again', async () => {
      const response = await client.request(`/v1/media/${id}/reprocess`, { method: 'POST' });
      expect(response.status).toBe(409);
      expect(await response.json()).toMatchObject({ code: 'MEDIA_NOT_REPROCESSABLE' });
    });
  });

  it('refuses what is larger than the scanner can take', async () => {
    const { id } = await client.upload(Buffer.concat([await smallPicture(), Buffer.alloc(MAX_BYTES)]));
    expect(await client.until(id, 'failed')).toMatchObject({ failure: { code: 'SCAN_TOO_LARGE' } });
    expect((await client.request(`/v1/media/${id}/download`)).status).toBe(409);
  });

  it('takes what is exactly as large as that', async () => {
    const picture = await smallPicture();
    const { id } = await client.upload(Buffer.concat([picture, Buffer.alloc(MAX_BYTES - picture.length)]));
    await client.until(id, 'ready');
  });

  it('has media wait while the scanner is down, undelivered, and goes on when it is back', async () => {
    await server.stop();
    const { id } = await client.upload(await smallPicture());
    await eventually(async () => {
      const response = await client.request('/health/ready');
      expect(response.status).toBe(503);
      expect(await response.json()).toMatchObject({ errors: [{ field: 'scanner' }] });
    });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(await client.get(id)).toMatchObject({ status: 'scanning', failure: null });
    const refused = await client.request(`/v1/media/${id}/download`);
    expect(refused.status).toBe(409);
    expect(await refused.json()).toMatchObject({ code: 'MEDIA_NOT_CLEAN' });

    server = await start({ TCPSocket: String(server.port) });
    await client.until(id, 'ready', 30_000);
    expect((await client.request('/health/ready')).status).toBe(200);
  });
});
