import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { imageFixture } from '../fixtures/image-fixtures.js';
import { videoFixture } from '../fixtures/video-fixtures.js';
import { eicar, findClamd, type RunningClamd, startClamd } from '../support/clamd.js';
import { eventually } from '../support/eventually.js';
import { MediaClient } from '../support/media-client.js';
import { hasRedis, RedisServer } from '../support/redis-server.js';
import { type S3Server, startS3Server } from '../support/s3-server.js';
import { type ServerProcess, startServer } from '../support/server-process.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const clamdBinary = findClamd();
const equipped = hasRedis && clamdBinary !== null;
const SECRET = 'a secret that two processes of the service share';

interface Account {
  usedBytes: number;
  reservedBytes: number;
  mediaCount: number;
}

(equipped ? describe : describe.skip)(
  'an API process and workers on PostgreSQL, Redis, S3 and ClamAV (needs redis-server and clamd)',
  () => {
    let database: TestDatabase;
    let redis: RedisServer;
    let s3: S3Server;
    let clamd: RunningClamd;
    let api: ServerProcess;
    let worker: ServerProcess;
    let client: MediaClient;

    const startRole = (role: 'api' | 'worker'): Promise<ServerProcess> =>
      startServer({
        env: {
          ROLE: role,
          NODE_ENV: 'production',
          DATABASE_URL: database.url,
          DATABASE_POOL_SIZE: '5',
          REDIS_URL: redis.url,
          JWT_SECRET: SECRET,
          URL_SIGNING_KEY: `${SECRET} for URLs`,
          STORAGE_DRIVER: 's3',
          S3_BUCKET: s3.config.bucket,
          S3_ENDPOINT: s3.config.endpoint ?? '',
          S3_ACCESS_KEY_ID: s3.config.credentials?.accessKeyId ?? '',
          S3_SECRET_ACCESS_KEY: s3.config.credentials?.secretAccessKey ?? '',
          S3_FORCE_PATH_STYLE: 'true',
          CLAMAV_HOST: clamd.host,
          CLAMAV_PORT: String(clamd.port),
          VIDEO_PRESET: 'ultrafast',
          VIDEO_LADDER: '240p:400k,480p:1200k',
          PURGE_GRACE_SECONDS: '0',
          RATE_LIMIT_PER_MINUTE: '0',
        },
      });

    beforeAll(async () => {
      [database, redis, s3, clamd] = await Promise.all([
        createTestDatabase(),
        RedisServer.start(),
        startS3Server(),
        startClamd(clamdBinary ?? ''),
      ]);
      api = await startRole('api');
      worker = await startRole('worker');
      client = new MediaClient({ url: api.url, bearer: `Bearer ${api.token}` });
    }, 180_000);
    afterAll(async () => {
      await Promise.all([api?.stop(), worker?.stop()]);
      await Promise.all([database?.drop(), redis?.stop(), s3?.stop(), clamd?.stop()]);
    });

    async function account(): Promise<Account> {
      return (await (await client.request('/v1/quotas/users/developer')).json()) as Account;
    }

    const film = async (): Promise<Buffer> => readFile((await videoFixture('film.mp4')).path);

    it('takes a photo from upload to thumbnail, resize and range', async () => {
      const photo = await readFile(await imageFixture('photo-12mp.jpg'));
      const { id } = await client.upload(photo, { name: 'photo.jpg', type: 'image/jpeg' });
      await client.until(id, 'ready', 30_000);
      const thumbnail = await client.request(`/v1/media/${id}/thumbnail?size=small`);
      const picture = await sharp(Buffer.from(await thumbnail.arrayBuffer())).metadata();
      expect(Math.max(picture.width, picture.height)).toBe(150);
      const resized = await client.request(`/v1/media/${id}/resize?width=320&format=png`);
      expect(resized.headers.get('content-type')).toBe('image/png');
      const part = await client.request(`/v1/media/${id}/download`, { headers: { range: 'bytes=10-19' } });
      expect(part.status).toBe(206);
      expect(Buffer.from(await part.arrayBuffer())).toEqual(photo.subarray(10, 20));
    });

    it('takes a video from upload to playlists and segments', async () => {
      const { id } = await client.upload(await film(), { name: 'film.mp4', type: 'video/mp4' });
      await client.until(id, 'ready', 60_000);
      const master = await (await client.request(`/v1/media/${id}/hls/master.m3u8`)).text();
      expect(master.match(/^\d+p\/index\.m3u8$/gm)).toHaveLength(2);
      const playlist = await (await client.request(`/v1/media/${id}/hls/240p/index.m3u8`)).text();
      const [name] = /^\S+\.m4s$/m.exec(playlist) ?? [];
      const segment = await client.request(`/v1/media/${id}/hls/240p/${name}`, {
        headers: { range: 'bytes=4-7' },
      });
      expect(segment.status).toBe(206);
      expect(segment.headers.get('content-type')).toBe('video/iso.segment');
      expect(await segment.text()).toMatch(/^(?:styp|sidx|moof)$/);
    });

    it('never delivers what the scanner finds', async () => {
      const photo = await readFile(await imageFixture('photo-12mp.jpg'));
      const { id } = await client.upload(Buffer.concat([photo, eicar]), {
        name: 'bad.jpg',
        type: 'image/jpeg',
      });
      await client.until(id, 'quarantined', 30_000);
      expect((await client.request(`/v1/media/${id}/download`)).status).toBe(403);
    });

    it('finishes a transcode on another worker when one is killed in the middle of it', async () => {
      const { id } = await client.upload(await film(), { name: 'film.mp4', type: 'video/mp4' });
      await client.until(id, 'processing', 30_000);
      await worker.kill('SIGKILL');
      worker = await startRole('worker');
      // Lock (30 s) and stalled check (15 s) have to pass before another worker takes it up.
      await client.until(id, 'ready', 120_000);
      const { usedBytes, reservedBytes, mediaCount } = await account();
      expect(reservedBytes).toBe(0);
      const drifts = await client.request('/v1/admin/quotas/recalculate', { method: 'POST' });
      expect(await drifts.json()).toEqual({ drifts: [] });
      expect(usedBytes).toBeGreaterThan(0);
      expect(mediaCount).toBe(4);
    }, 180_000);

    it('is ready with every part up, and not when one is down', async () => {
      expect((await fetch(`${worker.url}/health/ready`)).status).toBe(200);
      await clamd.stop();
      await eventually(async () => {
        const response = await fetch(`${api.url}/health/ready`);
        expect(response.status).toBe(503);
        expect(await response.json()).toMatchObject({ errors: [{ field: 'scanner', message: 'down' }] });
      });
    });
  },
);
