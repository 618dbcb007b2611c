import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { ChangeFeed } from '../../src/events/change-feed.js';
import { type MediaChange, MediaChanges, type UploadChange, UploadChanges } from '../../src/events/index.js';
import { eventually } from '../support/eventually.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const change: MediaChange = {
  id: 'x',
  status: 'ready',
  progress: 100,
  playable: true,
  failureCode: null,
  generation: 1,
  visibility: 'private',
  deleted: false,
};

describe('the feed of changes', () => {
  let database: TestDatabase;
  let feed: ChangeFeed;
  let changes: MediaChanges;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await feed.onApplicationShutdown();
  });
  afterAll(() => database.drop());

  async function query(statement: string): Promise<unknown[]> {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query(statement);
    await client.end();
    return rows;
  }
  const notify = () => query(`select pg_notify('media_changed', '${JSON.stringify(change)}')`);
  const listeners = () =>
    query("select pid from pg_stat_activity where datname = current_database() and query like 'listen %'");
  const endListeners = () =>
    query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like 'listen %'",
    );

  async function start(url = database.url): Promise<{ heard: MediaChange[]; gaps: () => number }> {
    feed = new ChangeFeed(url);
    changes = new MediaChanges(feed);
    const heard: MediaChange[] = [];
    let gaps = 0;
    changes.onChange((told) => heard.push(told));
    changes.onGap(() => {
      gaps += 1;
    });
    await feed.onApplicationBootstrap();
    return { heard, gaps: () => gaps };
  }

  it('tells what is notified, to those who still listen', async () => {
    const { heard } = await start();
    const other: MediaChange[] = [];
    const stop = changes.onChange((told) => other.push(told));
    await notify();
    await eventually(() => expect([heard, other]).toEqual([[change], [change]]));
    stop();
    await notify();
    await eventually(() => expect(heard.length).toBe(2));
    expect(other.length).toBe(1);
  });

  it('keeps the channels apart', async () => {
    const { heard } = await start();
    const uploads: UploadChange[] = [];
    new UploadChanges(feed).onChange((told) => uploads.push(told));
    await query(`select pg_notify('upload_changed', '{"id":"y"}')`);
    await eventually(() => expect(uploads).toEqual([{ id: 'y' }]));
    expect(heard).toEqual([]);
  });

  it('tells of a gap when it begins and when it is over, and hears again', async () => {
    const { heard, gaps } = await start();
    expect([changes.live, gaps()]).toEqual([true, 1]);
    await endListeners();
    await eventually(() => expect([changes.live, gaps()]).toEqual([false, 2]));
    await eventually(() => expect([changes.live, gaps()]).toEqual([true, 3]));
    await notify();
    await eventually(() => expect(heard.length).toBe(1));
  });

  it('keeps one connection when a lost one tells of its end late', async () => {
    const ended: pg.Client[] = [];
    const end = pg.Client.prototype.end;
    jest.spyOn(pg.Client.prototype, 'end').mockImplementation(async function endAndRemember(this: pg.Client) {
      ended.push(this);
      await Reflect.apply(end, this, []);
    });
    const { heard } = await start();
    await endListeners();
    await eventually(() => expect(changes.live).toBe(false));
    await eventually(() => expect(changes.live).toBe(true));
    for (const client of ended) client.emit('end');
    await sleep(1500);
    expect((await listeners()).length).toBe(1);
    await notify();
    await eventually(() => expect(heard.length).toBe(1));
    await sleep(100);
    expect(heard.length).toBe(1);
  });

  it('goes on trying while there is no database', async () => {
    const { gaps } = await start('postgres://nobody@127.0.0.1:1/none');
    expect([changes.live, gaps()]).toEqual([false, 0]);
  });

  it('stops for good', async () => {
    await start();
    await feed.onApplicationShutdown();
    await sleep(1200);
    expect([changes.live, (await listeners()).length]).toEqual([false, 0]);
  });
});
