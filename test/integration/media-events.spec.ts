import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Lifecycle } from '../../src/common/index.js';
import { Api, onDatabase, problemOf } from '../support/api.js';
import { EventStream } from '../support/event-stream.js';
import { eventually } from '../support/eventually.js';
import { plainPicture } from '../support/pictures.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { insertUpload, setUpload } from '../support/upload-rows.js';

const absent = '01990000-0000-7000-8000-000000000000';

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

  const watch = (api: Api, id: string) => EventStream.open(api, `/v1/media/${id}/events`);
  const setMedia = (id: string, assignments: string) =>
    onDatabase(service, `update media set ${assignments} where id = $1`, [id]);
  const begun = (...streams: EventStream[]) =>
    eventually(() => expect(streams.every(({ events }) => events.length > 0)).toBe(true));

  async function upload(visibility = 'private'): Promise<string> {
    pictures += 1;
    return (await alice.upload(await plainPicture(60, 40, pictures), { fields: { visibility } })).id;
  }

  /** A media that no job will move. */
  async function standing(visibility = 'public'): Promise<string> {
    const id = await upload(visibility);
    await alice.until(id);
    await setMedia(id, "status = 'processing', progress = 0, generation = generation + 1");
    return id;
  }

  it('come until it is ready, and then end', async () => {
    const id = await upload();
    const stream = await watch(alice, id);
    expect(stream.response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    await stream.ended;
    expect(stream.events.at(-1)).toEqual({ event: 'ready', data: { id } });
    expect(new Set(stream.events.map(({ data }) => data.id))).toEqual(new Set([id]));
    expect(stream.told.filter((told, index) => told === stream.told[index - 1])).toEqual([]);
  });

  it('pass proxies and tell clients when to come back', async () => {
    const id = await standing();
    const stream = await EventStream.open(alice, `/v1/media/${id}/events`, {
      headers: { 'last-event-id': '41' },
    });
    await begun(stream);
    expect(stream.response.headers.get('cache-control')).toMatch(/no-cache.*no-transform/);
    expect(stream.response.headers.get('x-accel-buffering')).toBe('no');
    expect(stream.text).toMatch(/^retry: 2000$/m);
    expect(stream.told).toEqual(['processing 0']);
    await setMedia(id, "status = 'ready'");
    await stream.ended;
  });

  it('come under the id in upper case as well', async () => {
    const id = await standing();
    const stream = await watch(alice, id.toUpperCase());
    await begun(stream);
    await setMedia(id, "status = 'ready'");
    await stream.ended;
    expect(stream.events.at(-1)).toEqual({ event: 'ready', data: { id } });
  });

  it('are one when it is over already', async () => {
    const id = await upload();
    await alice.until(id);
    const stream = await watch(alice, id);
    await stream.ended;
    expect(stream.told).toEqual(['ready']);
  });

  it('come to watchers of another instance too', async () => {
    const id = await upload();
    const stream = await watch(await Api.as(second), id);
    await stream.ended;
    expect(stream.told.at(-1)).toBe('ready');
  });

  it('tell of progress and of a failure, each state once', async () => {
    const id = await standing();
    const stream = await watch(await Api.as(second), id);
    await begun(stream);
    for (const progress of [10, 10, 55]) await setMedia(id, `progress = ${progress}, updated_at = now()`);
    await setMedia(id, "status = 'failed', failure_code = 'IMAGE_CORRUPT'");
    await stream.ended;
    expect(stream.told).toEqual(['processing 0', 'processing 10', 'processing 55', 'failed IMAGE_CORRUPT']);
  });

  it('begin again with a reprocess that was not heard of', async () => {
    const id = await standing();
    const stream = await watch(alice, id);
    await setMedia(id, 'progress = 80');
    await eventually(() => expect(stream.told.at(-1)).toBe('processing 80'));
    await setMedia(id, "status = 'scanning', progress = 0, generation = generation + 1");
    await setMedia(id, "status = 'processing', progress = 5");
    await setMedia(id, "status = 'ready'");
    await stream.ended;
    expect(stream.told.slice(-3)).toEqual(['scanning', 'processing 5', 'ready']);
  });

  it('tell of the bytes of an import', async () => {
    const id = await standing('private');
    const upload = await insertUpload(service, { protocol: 'import' });
    await onDatabase(service, 'update upload set id = $2 where id = $1', [upload, id]);
    await setMedia(id, "status = 'pending', generation = generation + 1");
    const stream = await watch(await Api.as(second), id);
    await begun(stream);
    await setUpload(service, id, 'offset_bytes = 400');
    await setUpload(service, id, "offset_bytes = 1000, state = 'finishing'");
    await eventually(() => expect(stream.told).toEqual(['received 0', 'received 400', 'received 1000']));
    await setUpload(service, id, "state = 'committed'");
    await setMedia(id, "status = 'scanning'");
    await onDatabase(service, 'delete from upload where id = $1', [id]);
    await setMedia(id, "status = 'ready'");
    await stream.ended;
    expect(stream.told.slice(3)).toEqual(['scanning', 'ready']);
    expect(stream.events[1]?.data).toEqual({ id, receivedBytes: 400, sizeBytes: 1000 });
  });

  it.each(['', '?permanent=true'])('end when it is deleted%s', async (query) => {
    const id = await standing();
    const streams = [await watch(alice, id), await watch(await Api.as(second), id)];
    await begun(...streams);
    await alice.send('DELETE', `/v1/media/${id}${query}`);
    await Promise.all(streams.map(({ ended }) => ended));
    for (const { told } of streams) expect(told.at(-1)).toBe('deleted');
  });

  it('end for those who may no longer see it, as if it were deleted', async () => {
    const id = await standing('public');
    const bob = await watch(await Api.as(second, { sub: 'bob' }), id);
    const nobody = await watch(Api.anonymous(second), id);
    const owner = await watch(alice, id);
    await begun(bob, nobody, owner);
    await setMedia(id, 'progress = 20');
    await alice.patch(id, { visibility: 'private' });
    await Promise.all([bob.ended, nobody.ended]);
    for (const { told } of [bob, nobody]) expect(told).toEqual(['processing 0', 'processing 20', 'deleted']);
    await setMedia(id, "status = 'ready'");
    await owner.ended;
    expect(owner.told).toEqual(['processing 0', 'processing 20', 'ready']);
  });

  it('are refused as a problem, not as a stream', async () => {
    expect(await problemOf(await alice.get(`/v1/media/${absent}/events`))).toBe('404 MEDIA_NOT_FOUND');
    const id = await upload();
    const bob = await Api.as(service, { sub: 'bob' });
    expect(await problemOf(await bob.get(`/v1/media/${id}/events`))).toBe('404 MEDIA_NOT_FOUND');
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
    const stream = await watch(alice, id);
    await setMedia(id, "status = 'ready'");
    await stream.ended;
  });

  it('end when the instance closes', async () => {
    const closing = await startTestApp({ beside: service, env: { ROLE: 'api' } });
    const id = await standing();
    const stream = await watch(await Api.as(closing), id);
    await begun(stream);
    closing.app.get(Lifecycle).close();
    await stream.ended;
    expect(stream.told).toEqual(['processing 0']);
    await closing.close();
  });

  it('are bounded in number, for a caller and in all', async () => {
    const env = {
      ROLE: 'api',
      MAX_EVENT_STREAMS: '3',
      MAX_EVENT_STREAMS_PER_CALLER: '2',
      EVENT_HEARTBEAT_SECONDS: '1',
    };
    const small = await startTestApp({ beside: service, env });
    const id = await standing();
    const [owner, bob] = [await Api.as(small), await Api.as(small, { sub: 'bob' })];
    const first = await watch(owner, id);
    const others = [await watch(owner, id), await watch(bob, id)];
    await begun(first, ...others);

    const exceeded = await owner.get(`/v1/media/${id}/events`);
    expect(exceeded.headers.get('retry-after')).toBe('5');
    expect(await problemOf(exceeded)).toBe('429 EVENT_STREAMS_EXCEEDED');
    const busy = await bob.get(`/v1/media/${id}/events`);
    expect(busy.headers.get('retry-after')).toBe('5');
    expect(await problemOf(busy)).toBe('503 EVENT_STREAMS_BUSY');

    await eventually(() => expect(first.events.map(({ event }) => event)).toContain('heartbeat'));
    await setMedia(id, "status = 'ready'");
    await Promise.all([first, ...others].map(({ ended }) => ended));
    const over = await watch(bob, id);
    await over.ended;
    expect(over.told).toEqual(['ready']);
    await small.close();
  });
});
