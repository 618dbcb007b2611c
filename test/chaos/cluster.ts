import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { freePort } from '../support/free-port.ts';
import { type RoundRobinProxy, startRoundRobinProxy } from '../support/round-robin-proxy.ts';
import { type S3Server, startS3Server } from '../support/s3-server.ts';
import { type ServiceProcess, startService } from '../support/service-process.ts';
import { type Fault, type FaultyBucket, startFaultyBucket } from './faulty-bucket.ts';
import { SECRET, signToken } from '../support/service-token.ts';

const APIS = 2;
/** The service gives a silent bucket a minute; most silences end before. */
const SILENCE_MS = [2000, 2000, 3000, 3000, 70_000];

/** A fault that the bucket will have. */
interface ArmedFault {
  /** What the request's URL contains. */
  about: string;
  fault: Fault;
  struck: () => void;
}

/** Two API processes behind a proxy and a worker, on one PostgreSQL and one store, all of which can be made to fail. */
export class Cluster {
  readonly databaseUrl: string;
  readonly token: string;
  private readonly parts: ClusterParts;
  private readonly apis: ServiceProcess[] = [];
  private worker: ServiceProcess | null = null;
  private readonly restarts: Promise<void>[] = Array.from({ length: APIS }, () => Promise.resolve());
  private readonly armed: ArmedFault[] = [];
  private readonly ended: string[] = [];

  private constructor(parts: ClusterParts, token: string) {
    this.parts = parts;
    this.databaseUrl = parts.database.url;
    this.token = token;
    if (parts.bucket) parts.bucket.plan = (request) => this.strike(request);
  }

  static async start(driver: 'local' | 's3', longSilence: boolean): Promise<Cluster> {
    const directory = await mkdtemp(join(tmpdir(), 'media-chaos-'));
    const { EmbeddedPostgres } = (await import(
      pathToFileURL(join(import.meta.dirname, '../../dist/database/embedded-postgres.js')).href
    )) as typeof import('../../src/database/embedded-postgres.js');
    const database = await EmbeddedPostgres.start(join(directory, 'postgres'), ['max_connections=200']);
    const s3 = driver === 's3' ? await startS3Server() : null;
    let silences = 0;
    const choices = longSilence ? SILENCE_MS : SILENCE_MS.slice(0, -1);
    const silenceMs = (): number => choices[silences++ % choices.length] ?? 0;
    const bucket = s3 && (await startFaultyBucket(s3.config.endpoint ?? '', silenceMs));
    const ports = [];
    for (let api = 0; api < APIS; api += 1) ports.push(await freePort());
    const proxy = await startRoundRobinProxy(ports.map((port) => `http://127.0.0.1:${port}`));
    const cluster = new Cluster({ directory, database, s3, bucket, proxy, ports }, await signToken());
    try {
      // One after the other: the first brings the schema.
      for (const port of ports) cluster.apis.push(await cluster.startRole('api', port));
      cluster.worker = await cluster.startRole('worker', await freePort());
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** Where clients reach it. */
  get url(): string {
    return this.parts.proxy.url;
  }

  /** Kills the API process that has a request, or the first, and starts it again. Resolves when it is dead. */
  killServing(requestId: string): Promise<void> {
    const serving = this.parts.proxy.requests.find(({ headers }) => headers['x-request-id'] === requestId);
    const api = serving?.origin ?? 0;
    const earlier = this.restarts[api];
    return new Promise((resolve, reject) => {
      // In turn: whoever comes while it starts waits until there is something to kill again.
      this.restarts[api] = (async () => {
        await earlier;
        await this.kill(api);
        resolve();
        this.apis[api] = await this.startRole('api', this.parts.ports[api] ?? 0);
      })();
      this.restarts[api].catch(reject);
    });
  }

  private async kill(api: number): Promise<void> {
    const process = this.apis[api];
    await process?.kill('SIGKILL');
    this.ended.push(process?.logs() ?? '');
  }

  /** Lets the next requests to the bucket that are about something fail. */
  arm(about: string, faults: readonly Fault[], struck: () => void): void {
    this.armed.push(
      ...faults.map((fault, index) => ({ about, fault, struck: index === 0 ? struck : () => undefined })),
    );
  }

  /** Faults about something that is over are for whatever comes next. */
  rearm(about: string): void {
    for (const one of this.armed) if (one.about === about) one.about = '';
  }

  /** What the processes wrote last. */
  logs(): string {
    const running = [...this.apis, ...(this.worker ? [this.worker] : [])].map((process) => process.logs());
    return [...this.ended, ...running].join('\n').slice(-20_000);
  }

  /** Resolves when all processes run again, and nothing will fail any more. */
  async settle(): Promise<void> {
    await Promise.all(this.restarts);
    this.armed.length = 0;
  }

  async stop(): Promise<void> {
    await Promise.allSettled(this.restarts);
    await Promise.all(
      [...this.apis, ...(this.worker ? [this.worker] : [])].map((one) => one.kill('SIGKILL')),
    );
    const { directory, database, s3, bucket, proxy } = this.parts;
    await Promise.all([proxy.stop(), bucket?.stop(), database.stop()]);
    await s3?.stop();
    await rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }

  private strike(request: string): Fault | null {
    const next = this.armed.findIndex(({ about }) => request.includes(about));
    if (next < 0) return null;
    const [armed] = this.armed.splice(next, 1);
    armed?.struck();
    return armed?.fault ?? null;
  }

  private async startRole(role: 'api' | 'worker', port: number): Promise<ServiceProcess> {
    const { directory, database, s3, bucket } = this.parts;
    const dataDir = join(directory, `process-${port}`);
    await mkdir(dataDir, { recursive: true });
    return startService({
      port,
      dataDir,
      env: {
        ROLE: role,
        NODE_ENV: 'production',
        DATABASE_URL: database.url,
        JWT_SECRET: SECRET,
        URL_SIGNING_KEY: `${SECRET} for URLs`,
        RATE_LIMIT_PER_MINUTE: '0',
        TRUSTED_PROXIES: '127.0.0.1',
        MIGRATE_ON_START: 'true',
        STORAGE_DRIVER: s3 ? 's3' : 'local',
        STORAGE_LOCAL_PATH: join(directory, 'objects'),
        ...(s3 && {
          S3_BUCKET: s3.config.bucket,
          S3_ENDPOINT: bucket?.endpoint ?? '',
          S3_ACCESS_KEY_ID: s3.config.credentials?.accessKeyId ?? '',
          S3_SECRET_ACCESS_KEY: s3.config.credentials?.secretAccessKey ?? '',
          S3_FORCE_PATH_STYLE: 'true',
        }),
      },
    });
  }
}

interface ClusterParts {
  directory: string;
  database: { url: string; stop(): Promise<void> };
  s3: S3Server | null;
  /** What the service takes for the bucket. */
  bucket: FaultyBucket | null;
  proxy: RoundRobinProxy;
  ports: number[];
}
