import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { Api, bytesOf, onDatabase, problemOf, type ProblemJson } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { plainPicture } from '../support/pictures.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

/** One line of the metrics. */
interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

async function scrape(service: TestApp): Promise<Sample[]> {
  const response = await fetch(`${service.url}/metrics`);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  return (await response.text()).split('\n').flatMap((line) => {
    const match = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (!match) return [];
    const labels = [...(match[2] ?? '').matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]);
    return [{ name: match[1] ?? '', labels: Object.fromEntries(labels), value: Number(match[3]) }];
  });
}

/** The sum of the samples of a name that have the labels. */
function total(samples: Sample[], name: string, labels: Record<string, string> = {}): number {
  return samples
    .filter(
      (sample) =>
        sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    )
    .reduce((sum, { value }) => sum + value, 0);
}

describe('metrics', () => {
  let service: TestApp;
  let alice: Api;
  let before: Sample[];

  beforeAll(async () => {
    service = await startTestApp({ env: { QUOTA_USER_DEFAULT_BYTES: '100000' } });
    alice = await Api.as(service);
    before = await scrape(service);
  });
  afterAll(() => service.close());

  /** What traffic has added to a metric. */
  async function added(name: string, labels: Record<string, string> = {}): Promise<number> {
    return total(await scrape(service), name, labels) - total(before, name, labels);
  }

  it('count what happens, by patterns and never by ids', async () => {
    const picture = await plainPicture(60, 40, 1);
    const { id } = await alice.uploadReady(picture);
    for (let round = 0; round < 3; round += 1) {
      await bytesOf(await alice.get(`/v1/media/${id}/resize?width=30&format=png`));
    }
    await bytesOf(await alice.get(`/v1/media/${id}/resize?width=0`));
    const heavy = Buffer.concat([picture, Buffer.alloc(200_000)]);
    const form = new FormData();
    form.append('file', new Blob([new Uint8Array(heavy)], { type: 'image/png' }), 'heavy.png');
    expect(await problemOf(await alice.request('/v1/media', { method: 'POST', body: form }))).toBe(
      '413 QUOTA_EXCEEDED',
    );

    const http = 'media_http_request_duration_seconds_count';
    // A request is measured once its answer is out.
    await eventually(async () => {
      expect(await added(http, { method: 'GET', route: '/v1/media/:id/resize', status: '200' })).toBe(3);
      expect(await added(http, { method: 'GET', route: '/v1/media/:id/resize', status: '400' })).toBe(1);
      expect(await added(http, { method: 'POST', route: '/v1/media', status: '201' })).toBe(1);
      expect(await added('media_upload_bytes_total', { outcome: 'stored' })).toBe(picture.length);
      // An upload may ask for a whole step first and then for what it needs.
      expect(await added('media_quota_refusals_total', { scope: 'user' })).toBeGreaterThanOrEqual(1);
      expect(await added('media_transform_requests_total', { result: 'miss' })).toBe(1);
      expect(await added('media_transform_requests_total', { result: 'hit' })).toBe(2);
      expect(
        await added('media_storage_operation_duration_seconds_count', { operation: 'put', outcome: 'ok' }),
      ).toBeGreaterThanOrEqual(6);
      expect(
        // The processing, and the small result once; a transform reads a file where it is.
        await added('media_storage_operation_duration_seconds_count', { operation: 'get', outcome: 'ok' }),
      ).toBeGreaterThanOrEqual(2);
    });
    await eventually(async () => {
      expect(await added('media_job_duration_seconds_count', { job: 'media.scan', outcome: 'ok' })).toBe(1);
      expect(
        await added('media_job_duration_seconds_count', { job: 'media.process-image', outcome: 'ok' }),
      ).toBe(1);
    });
    const seconds = await added('media_job_duration_seconds_sum', { job: 'media.process-image' });
    expect(seconds).toBeGreaterThan(0.001);
    expect(seconds).toBeLessThan(60);
    const ids = (await scrape(service)).filter(({ labels }) => JSON.stringify(labels).includes(id));
    expect(ids).toEqual([]);
  });

  it('know the queues', async () => {
    await eventually(async () => {
      const samples = await scrape(service);
      const queues = new Set(
        samples.filter(({ name }) => name === 'media_queue_jobs').map(({ labels }) => labels['queue']),
      );
      expect([...queues].toSorted()).toEqual([
        'analysis',
        'editing',
        'imports',
        'maintenance',
        'media',
        'reconciliation',
        'video',
        'webhooks',
      ]);
      expect(samples.filter(({ name }) => name === 'media_queue_oldest_waiting_seconds').length).toBe(8);
    });
  });

  it('tell failures of jobs', async () => {
    const wrong = Buffer.concat([(await plainPicture(60, 40, 2)).subarray(0, 60), Buffer.alloc(100)]);
    const { id } = await alice.upload(wrong);
    await alice.until(id, 'failed');
    await eventually(async () => {
      expect(await added('media_job_failures_total', { job: 'media.process-image', final: 'true' })).toBe(1);
    });
  });

  it('tell how the process is', async () => {
    const samples = await scrape(service);
    const names = new Set(samples.map(({ name }) => name));
    expect(names).toContain('nodejs_eventloop_lag_p99_seconds');
    expect(names).toContain('media_transforms_waiting');
    expect(total(samples, 'process_resident_memory_bytes')).toBeGreaterThan(1e7);
    expect(total(samples, 'nodejs_eventloop_lag_p99_seconds')).toBeLessThan(10);
  });

  it('give routes that there are not one name, whatever is asked for', async () => {
    for (const path of ['/a', '/b', '/v1/media/x/y/z']) await fetch(service.url + path);
    const routes = (await scrape(service))
      .filter(
        ({ name, labels }) =>
          name === 'media_http_request_duration_seconds_count' && labels['status'] === '404',
      )
      .map(({ labels }) => labels['route'] ?? '');
    expect(routes.filter((route) => ['/a', '/b', '/v1/media/x/y/z'].includes(route))).toEqual([]);
  });

  it('count signed URLs under the route that answers them', async () => {
    const { id } = await alice.uploadReady(await plainPicture(60, 40, 3));
    await bytesOf(await Api.anonymous(service).get((await alice.sign(id, 'stream')).url));
    const http = 'media_http_request_duration_seconds_count';
    await eventually(async () => {
      expect(await added(http, { route: '/v1/media/:id/stream', status: '200' })).toBe(1);
    });
    const signed = (await scrape(service)).filter(({ labels }) => labels['route']?.includes('signed/'));
    expect(signed).toEqual([]);
  });
});

describe('the status for admins', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp();
  });
  afterAll(() => service.close());

  it('says what the service is made of and what is in it', async () => {
    const alice = await Api.as(service);
    const picture = await plainPicture(60, 40, 1);
    await alice.uploadReady(picture);
    const admin = await Api.as(service, { sub: 'root', scopes: ['admin'] });
    const status = await admin.json<Record<string, unknown>>('/v1/admin/status');
    expect(status).toMatchObject({
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      role: 'all',
      backends: {
        database: 'postgresql',
        queue: 'postgresql',
        cache: 'memory',
        storage: 'local',
        scanner: 'none',
      },
      storage: { media: 1, originalBytes: picture.length, variants: 4 },
      warnings: ['uploads are not scanned for viruses'],
    });
    expect(status['queues']).toHaveLength(8);
    expect(JSON.stringify(status)).not.toContain('postgres:');
  });

  it('finds drift of quotas and mends it', async () => {
    const admin = await Api.as(service, { sub: 'root', scopes: ['admin'] });
    await onDatabase(service, "update quota set used_bytes = used_bytes + 5 where subject_id = 'alice'");
    const recalculate = async (body: unknown) => admin.send('POST', '/v1/admin/quotas/recalculate', { body });
    const { drifts } = (await (await recalculate({ userId: 'alice' })).json()) as {
      drifts: { subjectId: string; usedBytes: { was: number; is: number } }[];
    };
    expect(drifts.map(({ subjectId, usedBytes }) => [subjectId, usedBytes.was - usedBytes.is])).toEqual([
      ['alice', 5],
    ]);
    expect(await (await recalculate({})).json()).toEqual({ drifts: [] });
    expect((await recalculate({ userId: 'a', orgId: 'b' })).status).toBe(400);
    expect((await recalculate({ user: 'a' })).status).toBe(400);
  });
});

describe('rate limits', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp({ env: { RATE_LIMIT_PER_MINUTE: '5' } });
  });
  afterAll(() => service.close());

  it('count down for each caller, and then refuse for a while', async () => {
    const alice = await Api.as(service);
    const remaining: (string | null)[] = [];
    for (let call = 0; call < 5; call += 1) {
      const response = await alice.get('/v1/media');
      expect([response.status, response.headers.get('ratelimit-limit')]).toEqual([200, '5']);
      remaining.push(response.headers.get('ratelimit-remaining'));
      await response.body?.cancel();
    }
    expect(remaining).toEqual(['4', '3', '2', '1', '0']);
    const refused = await alice.get('/v1/stats/users/alice');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    expect(refused.headers.get('ratelimit-remaining')).toBe('0');
    expect(await problemOf(refused)).toBe('429 RATE_LIMITED');
    expect((await (await Api.as(service, { sub: 'bob' })).get('/v1/media')).status).toBe(200);
  });

  it('count those without a token by their address, and probes not at all', async () => {
    for (let call = 0; call < 5; call += 1) expect((await fetch(`${service.url}/v1/media`)).status).toBe(401);
    const anyone = Api.anonymous(service);
    const path = `/v1/media/01990000-0000-7000-8000-000000000000`;
    const statuses = [];
    for (let call = 0; call < 6; call += 1) statuses.push((await anyone.get(path)).status);
    expect(statuses.at(-1)).toBe(429);
    for (let call = 0; call < 8; call += 1)
      expect((await fetch(`${service.url}/health/live`)).status).toBe(200);
  });
});

describe('without its database', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp();
    await Api.as(service).then(async (alice) => alice.uploadReady(await plainPicture(60, 40, 1)));
    await takeAway(service);
  });
  afterAll(() => service.close());

  it('is not ready, and says what is down, in time for a probe', async () => {
    for (const path of ['/health/ready', '/health']) {
      const started = performance.now();
      const response = await fetch(service.url + path);
      expect(performance.now() - started).toBeLessThan(3000);
      const { code, errors = [] } = (await response.json()) as ProblemJson;
      expect([response.status, code]).toEqual([503, 'NOT_READY']);
      expect(errors.map(({ field }) => field)).toEqual(['database', 'queue']);
    }
  });

  it('lives, and can be measured', async () => {
    expect((await fetch(`${service.url}/health/live`)).status).toBe(200);
    expect(total(await scrape(service), 'process_resident_memory_bytes')).toBeGreaterThan(0);
  });

  it('answers requests with a failure that tells nothing of the inside', async () => {
    const alice = await Api.as(service);
    for (const path of [
      '/v1/media',
      '/v1/stats/users/alice',
      `/v1/media/01990000-0000-7000-8000-000000000000/download`,
    ]) {
      const response = await alice.request(path, { signal: AbortSignal.timeout(10_000) });
      const text = await response.text();
      expect([path, response.status]).toEqual([path, expect.any(Number)]);
      expect(response.status).toBeGreaterThanOrEqual(500);
      expect(text).not.toMatch(/database|postgres|select|test_/i);
    }
  });
});

/** Ends every connection to the database of a service and takes it away. */
async function takeAway({ databaseUrl }: TestApp): Promise<void> {
  const url = new URL(databaseUrl);
  const name = url.pathname.slice(1);
  url.pathname = '/postgres';
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  await client.query(`drop database ${name} with (force)`);
  await client.end();
}
