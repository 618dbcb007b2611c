import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MediaClient } from './media-client.js';
import { type RoundRobinProxy, startRoundRobinProxy } from './round-robin-proxy.ts';
import { type S3Server, startS3Server } from './s3-server.ts';
import { type ServerProcess, startServer } from './server-process.js';
import { createTestDatabase } from './test-database.js';

const SECRET = 'a secret that all processes of the service share';

/** Two API processes behind a load balancer without stickiness, and a worker. */
export interface ServiceCluster {
  proxy: RoundRobinProxy;
  token: string;
  client: MediaClient;
  s3: S3Server | null;
  stop(): Promise<void>;
}

export interface ClusterOptions {
  /** `s3` is the real server, where there is one. */
  driver: 'local' | 's3' | 's3-emulated';
  /** Further settings of all processes, once the store is there. */
  env?: (s3: S3Server | null) => Promise<Record<string, string>> | Record<string, string>;
}

/** Starts the built service as in production, on one PostgreSQL and one store. */
export async function startCluster({ driver, env }: ClusterOptions): Promise<ServiceCluster> {
  const directory = await mkdtemp(join(tmpdir(), 'media-cluster-'));
  const database = await createTestDatabase();
  const s3 = driver === 'local' ? null : await startS3Server({ emulated: driver === 's3-emulated' });
  const shared = {
    NODE_ENV: 'production',
    DATABASE_URL: database.url,
    DATABASE_POOL_SIZE: '5',
    JWT_SECRET: SECRET,
    URL_SIGNING_KEY: `${SECRET} for URLs`,
    RATE_LIMIT_PER_MINUTE: '0',
    TRUSTED_PROXIES: '127.0.0.1',
    CORS_ORIGINS: '*',
    ...storageEnv(s3, directory),
    ...(await env?.(s3)),
  };
  const servers: ServerProcess[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()));
    await Promise.all([database.drop(), s3?.stop(), rm(directory, { recursive: true, force: true })]);
  };
  try {
    // One after the other: the first brings the schema.
    for (const role of ['api', 'api', 'worker']) {
      servers.push(await startServer({ env: { ...shared, ROLE: role } }));
    }
    const [first, second] = servers;
    const proxy = await startRoundRobinProxy([first?.url ?? '', second?.url ?? '']);
    const token = first?.token ?? '';
    return {
      proxy,
      token,
      client: new MediaClient({ url: proxy.url, bearer: `Bearer ${token}` }),
      s3,
      stop: async () => {
        await proxy.stop();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function storageEnv(s3: S3Server | null, directory: string): Record<string, string> {
  if (!s3) return { STORAGE_DRIVER: 'local', STORAGE_LOCAL_PATH: join(directory, 'objects') };
  const { bucket, endpoint, credentials } = s3.config;
  return {
    STORAGE_DRIVER: 's3',
    S3_BUCKET: bucket,
    S3_ENDPOINT: endpoint ?? '',
    S3_ACCESS_KEY_ID: credentials?.accessKeyId ?? '',
    S3_SECRET_ACCESS_KEY: credentials?.secretAccessKey ?? '',
    S3_FORCE_PATH_STYLE: 'true',
  };
}
