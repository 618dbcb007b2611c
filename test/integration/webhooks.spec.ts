import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { eventually } from '../support/eventually.js';
import { MediaClient, smallPicture } from '../support/media-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface Delivery {
  headers: IncomingHttpHeaders;
  body: string;
}

/** A server of the sort that users write to hear of events. */
class Receiver {
  readonly deliveries: Delivery[] = [];
  /** Status codes of the next answers; 204 when there are none left. */
  answers: number[] = [];
  private readonly server: Server;

  constructor() {
    this.server = createServer(async (request, response) => {
      const body = await text(request);
      this.deliveries.push({ headers: request.headers, body });
      const status = this.answers.shift() ?? 204;
      response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end();
    });
  }

  listen(): Promise<void> {
    return new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

const key = Buffer.from('a key of twenty-four byte');

describe('webhooks', () => {
  const receivers: Receiver[] = [];
  let service: TestApp | null = null;

  beforeEach(async () => {
    receivers.push(new Receiver(), new Receiver());
    for (const receiver of receivers) await receiver.listen();
  });
  afterEach(async () => {
    await service?.close();
    service = null;
    for (const receiver of receivers.splice(0)) receiver.close();
  });

  async function start(env: Record<string, string>): Promise<MediaClient> {
    service = await startTestApp({ env });
    return new MediaClient({ url: service.url, bearer: await service.bearer() });
  }

  const first = (): Receiver => {
    const [receiver] = receivers;
    if (!receiver) throw new Error('there is no receiver');
    return receiver;
  };

  function verified({ headers, body }: Delivery, webhook: Webhook): unknown {
    return webhook.verify(body, headers as Record<string, string>);
  }

  it.each([
    ['whsec_ and base64', `whsec_${key.toString('base64')}`],
    ['any string', key.toString()],
  ])('are signed as Standard Webhooks say, with a secret that is %s', async (_form, secret) => {
    const client = await start({ WEBHOOK_URLS: first().url, WEBHOOK_SECRET: secret });
    const { id } = await client.upload(await smallPicture());
    const media = await client.until(id, 'ready');
    await eventually(() => expect(first().deliveries).toHaveLength(1));
    const [delivery] = first().deliveries;
    if (!delivery) throw new Error('nothing was delivered');
    expect(verified(delivery, new Webhook(key.toString('base64')))).toEqual({
      type: 'media.ready',
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
      data: media,
    });
    expect(delivery.headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': expect.stringContaining(id),
    });
  });

  it('tell of failures', async () => {
    const client = await start({ WEBHOOK_URLS: first().url, WEBHOOK_SECRET: 'secret' });
    const picture = await smallPicture();
    const { id } = await client.upload(picture.subarray(0, picture.length - 40));
    const { failure } = await client.until(id, 'failed');
    await eventually(() => expect(first().deliveries).toHaveLength(1));
    expect(JSON.parse(first().deliveries[0]?.body ?? '')).toMatchObject({
      type: 'media.failed',
      data: { id, status: 'failed', failure },
    });
  });

  it('are repeated until they are taken, under the same id and with the same event', async () => {
    const client = await start({ WEBHOOK_URLS: first().url, WEBHOOK_SECRET: key.toString() });
    first().answers = [500, 302];
    const { id } = await client.upload(await smallPicture());
    await client.until(id, 'ready');
    await eventually(() => expect(first().deliveries).toHaveLength(3), 20_000);
    const webhook = new Webhook(key.toString('base64'));
    const bodies = first().deliveries.map((delivery) => JSON.stringify(verified(delivery, webhook)));
    expect(new Set(bodies).size).toBe(1);
    expect(new Set(first().deliveries.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    expect(first().deliveries).toHaveLength(3);
  });

  it('reach every receiver though one of them is down', async () => {
    const [down, up] = receivers;
    if (!down || !up) throw new Error('there are no receivers');
    const urls = `${down.url},${up.url}`;
    down.close();
    const client = await start({ WEBHOOK_URLS: urls, WEBHOOK_SECRET: 'secret' });
    const { id } = await client.upload(await smallPicture());
    await client.until(id, 'ready');
    await eventually(() => expect(up.deliveries.length).toBeGreaterThan(0));
  });

  it('tell of each run of a media', async () => {
    const client = await start({ WEBHOOK_URLS: first().url, WEBHOOK_SECRET: 'secret' });
    const { id } = await client.upload(await smallPicture());
    await client.until(id, 'ready');
    await client.request(`/v1/media/${id}/reprocess`, { method: 'POST' });
    await eventually(() => expect(first().deliveries).toHaveLength(2));
    const ids = first().deliveries.map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids).size).toBe(2);
  });

  it('are none when none are configured', async () => {
    const client = await start({});
    const { id } = await client.upload(await smallPicture());
    await client.until(id, 'ready');
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(first().deliveries).toEqual([]);
  });
});
