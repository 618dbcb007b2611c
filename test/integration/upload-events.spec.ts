import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { Api, onDatabase, problemOf } from '../support/api.js';
import { EventSocket } from '../support/event-socket.js';
import { EventStream } from '../support/event-stream.js';
import { eventually } from '../support/eventually.js';
import { plainPicture } from '../support/pictures.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { documentOf, metadataOf, Tus } from '../support/tus.js';
import { insertUpload, setUpload } from '../support/upload-rows.js';

const absent = '01990000-0000-7000-8000-000000000000';

describe('the events of an upload', () => {
  let service: TestApp;
  let second: TestApp;
  let alice: Api;

  beforeAll(async () => {
    service = await startTestApp();
    second = await startTestApp({ beside: service, env: { ROLE: 'api' } });
    // Whatever happens, happens elsewhere.
    alice = await Api.as(second);
  });
  afterAll(async () => {
    await second.close();
    await service.close();
  });

  const watch = (id: string, api = alice) => EventStream.open(api, `/v1/uploads/${id}/events`);

  /** Makes the media of a committed upload appear, and its row and it change, in one transaction. */
  async function commit(id: string, keepRow = true): Promise<void> {
    const client = new pg.Client({ connectionString: service.databaseUrl });
    await client.connect();
    await client.query('begin');
    if (keepRow) await client.query("update upload set state = 'committed' where id = $1", [id]);
    else await client.query('delete from upload where id = $1', [id]);
    await client.query(
      `insert into media (id, owner_id, filename, content_type, kind, size_bytes, sha256, status, visibility)
         values ($1, 'alice', 'a.bin', 'image/png', 'image', 1000, 'x', 'scanning', 'private')`,
      [id],
    );
    await client.query('commit');
    await client.end();
  }
  const setMedia = (id: string, assignments: string) =>
    onDatabase(service, `update media set ${assignments} where id = $1`, [id]);

  it.each([
    ['its row is kept', true],
    ['its row is gone at once', false],
  ])('are one stream from the first byte until the media is ready, when %s', async (_name, keepRow) => {
    const id = await insertUpload(service, { size: null });
    const stream = await watch(id);
    await eventually(() => expect(stream.told).toEqual(['received 0']));
    await setUpload(service, id, 'offset_bytes = 300');
    // A lease that is renewed, and one that is wanted, are nobody's progress.
    await setUpload(service, id, "lease_until = now() + interval '1 minute'");
    await setUpload(service, id, 'lease_wanted = true');
    await setUpload(service, id, 'size_bytes = 1000, offset_bytes = 1000');
    await setUpload(service, id, "state = 'finishing'");
    await eventually(() => expect(stream.told.at(-1)).toBe('received 1000'));
    await commit(id, keepRow);
    await eventually(() => expect(stream.told.at(-1)).toBe('scanning'));
    await setMedia(id, "status = 'processing', progress = 0");
    await setMedia(id, 'progress = 60');
    await onDatabase(service, 'delete from upload where id = $1', [id]);
    await setMedia(id, "status = 'ready', progress = 100");
    await stream.ended;
    expect(stream.told).toEqual([
      'received 0',
      'received 300',
      'received 1000',
      'scanning',
      'processing 0',
      'processing 60',
      'ready',
    ]);
    expect(stream.events[1]?.data).toEqual({ id, receivedBytes: 300, sizeBytes: null });
  });

  it('follow a real upload in pieces to another instance', async () => {
    const picture = await plainPicture(300, 200, 7);
    const tus = await Tus.as(service);
    const half = Math.floor(picture.length / 2);
    const path = await tus.create({
      'upload-length': String(picture.length),
      'upload-metadata': metadataOf({ filename: 'a.png', filetype: 'image/png' }),
    });
    const id = path.slice(-36);
    const stream = await watch(id);
    const socket = await EventSocket.as(second);
    socket.subscribe({ uploadId: id });
    await eventually(() => expect([stream.told, socket.told]).toEqual([['received 0'], ['received 0']]));
    await tus.patch(path, 0, picture.subarray(0, half));
    await eventually(() => expect(stream.told.at(-1)).toBe(`received ${half}`));
    expect((await tus.patch(path, half, picture.subarray(half))).status).toBe(204);
    await stream.ended;
    await eventually(() => expect(socket.told.at(-1)).toBe('ready'));
    for (const { told } of [stream, socket]) {
      expect(told.slice(0, 4)).toEqual([
        'received 0',
        `received ${half}`,
        `received ${picture.length}`,
        'scanning',
      ]);
      expect(told.filter((event) => event.startsWith('processing')).length).toBeGreaterThan(0);
    }
    await EventSocket.closeAll();
  });

  it('tell why a real upload was refused', async () => {
    const tus = await Tus.as(service);
    const path = await tus.create({
      'upload-length': '400',
      'upload-metadata': metadataOf({ filename: 'a.png', filetype: 'image/png' }),
    });
    const stream = await watch(path.slice(-36));
    await eventually(() => expect(stream.told).toEqual(['received 0']));
    expect((await tus.patch(path, 0, documentOf(400))).status).toBe(415);
    await stream.ended;
    expect(stream.told).toEqual(['received 0', 'received 400', 'refused CONTENT_TYPE_MISMATCH']);
  });

  it('are those of the media alone, for who comes late', async () => {
    const { id } = await (await Api.as(service)).upload(await plainPicture(60, 40, 1));
    const stream = await watch(id);
    await stream.ended;
    expect(stream.told.at(-1)).toBe('ready');
    expect(stream.told.join()).not.toContain('received');
  });

  it('never go back on many small steps', async () => {
    const id = await insertUpload(service, { size: 500 });
    const writing = onDatabase(
      service,
      `do $$ begin for i in 1..500 loop
         update upload set offset_bytes = i where id = '${id}'; commit;
       end loop; end $$`,
    );
    const stream = await watch(id);
    await writing;
    await setUpload(service, id, "state = 'refused', failure_code = 'UPLOAD_TOO_LARGE'");
    await stream.ended;
    const steps = stream.events.flatMap(({ data }) => data.receivedBytes ?? []);
    expect(steps.length).toBeGreaterThan(1);
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
    expect(new Set(steps).size).toBe(steps.length);
    expect(stream.told.at(-1)).toBe('refused UPLOAD_TOO_LARGE');
  });

  it('tell when a part is replaced by a smaller one', async () => {
    const id = await insertUpload(service, { protocol: 'multipart' });
    const stream = await watch(id);
    await setUpload(service, id, 'offset_bytes = 800');
    await eventually(() => expect(stream.told.at(-1)).toBe('received 800'));
    await setUpload(service, id, 'offset_bytes = 500');
    await eventually(() => expect(stream.told.at(-1)).toBe('received 500'));
    await onDatabase(service, 'delete from upload where id = $1', [id]);
    await stream.ended;
  });

  it('end when it is given up', async () => {
    const id = await insertUpload(service);
    const stream = await watch(id);
    await eventually(() => expect(stream.told).toEqual(['received 0']));
    await onDatabase(service, 'delete from upload where id = $1', [id]);
    await stream.ended;
    expect(stream.told).toEqual(['received 0', 'deleted']);
  });

  it('are one when what it became is gone', async () => {
    const id = await insertUpload(service);
    await commit(id);
    await onDatabase(service, 'delete from media where id = $1', [id]);
    const stream = await watch(id);
    await stream.ended;
    expect(stream.told).toEqual(['deleted']);
  });

  it('go on after a connection to the database was lost', async () => {
    const id = await insertUpload(service);
    const stream = await watch(id);
    await eventually(() => expect(stream.told).toEqual(['received 0']));
    await onDatabase(
      service,
      "select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen %' and datname = current_database()",
    );
    await setUpload(service, id, 'offset_bytes = 700');
    await eventually(() => expect(stream.told.at(-1)).toBe('received 700'));
    await setUpload(service, id, "state = 'refused', failure_code = 'UPLOAD_EMPTY'");
    await stream.ended;
    expect(stream.told.at(-1)).toBe('refused UPLOAD_EMPTY');
  });

  it('are for its owner and for admins', async () => {
    const id = await insertUpload(service);
    const path = `/v1/uploads/${id}/events`;
    expect(await problemOf(await alice.get(`/v1/uploads/${absent}/events`))).toBe('404 UPLOAD_NOT_FOUND');
    expect(await problemOf(await (await Api.as(second, { sub: 'bob' })).get(path))).toBe(
      '404 UPLOAD_NOT_FOUND',
    );
    expect(await problemOf(await Api.anonymous(second).get(path))).toBe('401 UNAUTHENTICATED');
    expect(await problemOf(await alice.get('/v1/uploads/x/events'))).toBe('404 NOT_FOUND');

    const { id: media } = await (
      await Api.as(service)
    ).uploadReady(await plainPicture(60, 40, 2), {
      fields: { visibility: 'public' },
    });
    const bob = await Api.as(second, { sub: 'bob' });
    expect(await problemOf(await bob.get(`/v1/uploads/${media}/events`))).toBe('404 UPLOAD_NOT_FOUND');

    const stream = await watch(id, await Api.as(second, { sub: 'root', scopes: ['admin'] }));
    await eventually(() => expect(stream.told).toEqual(['received 0']));
    await onDatabase(service, 'delete from upload where id = $1', [id]);
    await stream.ended;
  });
});
