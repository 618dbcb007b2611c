import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Lifecycle } from '../../src/common/index.js';
import { Api, onDatabase, problemOf } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { plainPicture } from '../support/pictures.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const absent = '01990000-0000-7000-8000-000000000000';

interface Event {
  type: string;
  data: { id?: string; status?: string; progress?: number; failure?: { code: string } | null };
}

/** An event stream that is open. */
class Stream {
  readonly events: Event[] = [];
  readonly ended: Promise<void>;

  private constructor(readonly response: Response) {
    this.ended = this.read(response);
  }

  static async open(api: Api, id: string): Promise<Stream> {
    return new Stream(await api.get(`/v1/media/${id}/events`));
  }

  private async read({ body }: Response): Promise<void> {
    let text = '';
    for await (const chunk of body ?? []) {
      text += Buffer.from(chunk).toString();
      const whole = text.split('\n\n');
      text = whole.pop() ?? '';
      for (const message of whole) {
        const type = /^event: (.*)$/m.exec(message)?.[1];
        const data = /^data: (.*)$/m.exec(message)?.[1];
        if (type !== undefined && data !== undefined) this.events.push({ type, data: JSON.parse(data) });
      }
    }
  }
}

describe('the events of a media', () => {
  let service: TestApp;
  let second: TestApp;
  let alice: Api;
  let pictures = 0;

  beforeAll(async () => {
    service = await startTestApp();
    // It answers requests and runs no jobs, so that what it knows it was told.
    second = await startTestApp({ beside: service, env: { ROLE: 'api' } });
    alice = await Api.as(service);
  });
  afterAll(async () => {
    await second.close();
    await service.close();
  });

  async function upload(visibility = 'private'): Promise<string> {
    pictures += 1;
    return (await alice.upload(await plainPicture(60, 40, pictures), { fields: { visibility } })).id;
  }

  /** A media that no job will move. */
  async function standing(): Promise<string> {
    const id = await upload('public');
    await alice.until(id);
    await onDatabase(service, "update media set status = 'processing', progress = 0 where id = $1", [id]);
    return id;
  }

  it('come until it is ready, and then end', async () => {
    const id = await upload();
    const stream = await Stream.open(alice, id);
    expect(stream.response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    await stream.ended;
    const last = stream.events.at(-1);
    expect(last).toEqual({ type: 'status', data: { id, status: 'ready', progress: 100, failure: null } });
    expect(new Set(stream.events.map(({ data }) => data.id))).toEqual(new Set([id]));
  });

  it('come under the id in upper case as well', async () => {
    const id = await standing();
    const stream = await Stream.open(alice, id.toUpperCase());
    await eventually(() => expect(stream.events.length).toBeGreaterThan(0));
    await onDatabase(service, "update media set status = 'ready' where id = $1", [id]);
    await stream.ended;
    expect(stream.events.at(-1)?.data).toMatchObject({ id, status: 'ready' });
  });

  it('are one when it is over already', async () => {
    const id = await upload();
    await alice.until(id);
    const stream = await Stream.open(alice, id);
    await stream.ended;
    expect(stream.events.map(({ data }) => data.status)).toEqual(['ready']);
  });

  it('come to watchers of another instance too', async () => {
    const id = await upload();
    const stream = await Stream.open(await Api.as(second), id);
    await stream.ended;
    expect(stream.events.at(-1)?.data).toMatchObject({ id, status: 'ready', progress: 100 });
  });

  it('tell of progress and of a failure', async () => {
    const id = await standing();
    const stream = await Stream.open(await Api.as(second), id);
    await eventually(() => expect(stream.events.length).toBeGreaterThan(0));
    for (const progress of [10, 55])
      await onDatabase(service, 'update media set progress = $2 where id = $1', [id, progress]);
    await onDatabase(
      service,
      "update media set status = 'failed', failure_code = 'IMAGE_CORRUPT' where id = $1",
      [id],
    );
    await stream.ended;
    // Where it stood may come twice: as it was read, and as the notification of that.
    const seen = stream.events.map(
      ({ data }) => `${data.status} ${data.progress} ${data.failure?.code ?? ''}`,
    );
    expect(seen.filter((event, index) => event !== seen[index - 1])).toEqual([
      'processing 0 ',
      'processing 10 ',
      'processing 55 ',
      'failed 55 IMAGE_CORRUPT',
    ]);
  });

  it.each(['', '?permanent=true'])('end when it is deleted%s', async (query) => {
    const id = await standing();
    const streams = [await Stream.open(alice, id), await Stream.open(await Api.as(second), id)];
    await eventually(() => expect(streams.every(({ events }) => events.length > 0)).toBe(true));
    await alice.send('DELETE', `/v1/media/${id}${query}`);
    await Promise.all(streams.map(({ ended }) => ended));
    for (const { events } of streams) expect(events.at(-1)?.type).toBe('deleted');
  });

  it('are refused as a problem, not as a stream', async () => {
    expect(await problemOf(await alice.get(`/v1/media/${absent}/events`))).toBe('404 MEDIA_NOT_FOUND');
    const id = await upload();
    expect(await problemOf(await (await Api.as(service, { sub: 'bob' })).get(`/v1/media/${id}/events`))).toBe(
      '404 MEDIA_NOT_FOUND',
    );
  });

  it('do not keep a HEAD waiting', async () => {
    const id = await standing();
    const response = await alice.request(`/v1/media/${id}/events`, {
      method: 'HEAD',
      signal: AbortSignal.timeout(5000),
    });
    expect(response.status).toBe(200);
  });

  it('cost nothing once the watcher is gone', async () => {
    const id = await standing();
    const { hostname, port } = new URL(service.url);
    const path = `/v1/media/${id}/events`;
    await Promise.all(
      Array.from(
        { length: 20 },
        () =>
          new Promise<void>((resolve, reject) => {
            const sent = request({ hostname, port, path }, (response) => {
              response.once('data', () => {
                sent.destroy();
                resolve();
              });
            });
            sent.on('error', reject).end();
          }),
      ),
    );
    const connections = () =>
      new Promise<number>((resolve, reject) =>
        service.app
          .getHttpServer()
          .getConnections((error: Error | null, count: number) => (error ? reject(error) : resolve(count))),
      );
    await eventually(async () => expect(await connections()).toBeLessThan(15));
    const stream = await Stream.open(alice, id);
    await onDatabase(service, "update media set status = 'ready' where id = $1", [id]);
    await stream.ended;
  });

  it('end when the instance closes', async () => {
    const closing = await startTestApp({ beside: service, env: { ROLE: 'api' } });
    const id = await standing();
    const stream = await Stream.open(await Api.as(closing), id);
    await eventually(() => expect(stream.events.length).toBeGreaterThan(0));
    closing.app.get(Lifecycle).close();
    await stream.ended;
    expect(new Set(stream.events.map(({ data }) => data.status))).toEqual(new Set(['processing']));
    await closing.close();
  });
});
