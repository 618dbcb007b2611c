import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { freePort } from '../../support/free-port.ts';
import { type ServiceProcess, startService } from '../../support/service-process.ts';
import { SECRET, signToken } from '../../support/service-token.ts';
import type { PlannedKill } from './plan.ts';

interface Database {
  url: string;
  stop(): Promise<void>;
}

interface Role {
  name: 'api' | 'worker';
  port: number;
  process: ServiceProcess | null;
}

/** An API process and two workers on one PostgreSQL and one directory, all of which can be killed. */
export class VideoCluster {
  readonly token: string;
  readonly dataDir: string;
  private readonly directory: string;
  private readonly env: Record<string, string>;
  private database: Database;
  private readonly api: Role;
  private readonly workers: [Role, Role];
  private readonly ended: string[] = [];

  private constructor(options: {
    directory: string;
    env: Record<string, string>;
    database: Database;
    ports: [number, number, number];
    token: string;
  }) {
    const { directory, env, database, ports, token } = options;
    this.directory = directory;
    this.dataDir = join(directory, 'data');
    this.env = env;
    this.database = database;
    this.token = token;
    const worker = (port: number): Role => ({ name: 'worker', port, process: null });
    this.api = { name: 'api', port: ports[0], process: null };
    this.workers = [worker(ports[1]), worker(ports[2])];
  }

  /** @param env further settings of all processes */
  static async start(directory: string, env: Record<string, string>): Promise<VideoCluster> {
    const database = await startDatabase(directory);
    const ports: [number, number, number] = [await freePort(), await freePort(), await freePort()];
    const token = await signToken();
    const cluster = new VideoCluster({ directory, env, database, ports, token });
    await mkdir(cluster.dataDir);
    try {
      await cluster.startMissing();
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  get url(): string {
    return `http://127.0.0.1:${this.api.port}`;
  }

  get databaseUrl(): string {
    return this.database.url;
  }

  get scratch(): string {
    return join(this.dataDir, 'scratch');
  }

  get objects(): string {
    return join(this.dataDir, 'objects');
  }

  /** Sends SIGKILL to all that are meant, at one moment. @returns the process ids of the workers that it hit */
  async kill({ victim, worker }: PlannedKill): Promise<number[]> {
    const workers = victim === 'worker' ? [this.workers[worker]] : this.workers;
    const roles = victim === 'worker' ? workers : [this.api, ...workers];
    const ids = workers.flatMap(({ process }) => process?.process.pid ?? []);
    if (victim === 'everything') process.kill(await this.databasePid(), 'SIGKILL');
    await Promise.all(roles.map((role) => this.end(role, 'SIGKILL')));
    return ids;
  }

  /** Starts what does not run, as whoever supervises the processes does. */
  async restart(victim: PlannedKill['victim']): Promise<void> {
    if (victim === 'everything') this.database = await startDatabase(this.directory);
    await this.startMissing();
  }

  /** Ends the processes as an operator would. @returns their exit codes */
  async shutDown(): Promise<(number | null)[]> {
    const processes = [...this.workers, this.api].map(({ process }) => process?.process);
    for (const role of [...this.workers, this.api]) await this.end(role, 'SIGTERM');
    return processes.map((child) => child?.exitCode ?? null);
  }

  async stop(): Promise<void> {
    await Promise.all([this.api, ...this.workers].map((role) => this.end(role, 'SIGKILL')));
    await this.database.stop();
  }

  /** What the processes wrote last. */
  logs(): string {
    const running = [this.api, ...this.workers].map(({ process }) => process?.logs() ?? '');
    return [...this.ended, ...running].join('\n').slice(-20_000);
  }

  private async end(role: Role, signal: NodeJS.Signals): Promise<void> {
    const { process } = role;
    role.process = null;
    await process?.kill(signal);
    if (process) this.ended.push(process.logs());
  }

  /** The API first: it brings the schema. */
  private async startMissing(): Promise<void> {
    await this.startRole(this.api);
    await Promise.all(this.workers.map((role) => this.startRole(role)));
  }

  private async startRole(role: Role): Promise<void> {
    role.process ??= await startService({
      port: role.port,
      dataDir: this.dataDir,
      env: {
        ROLE: role.name,
        NODE_ENV: 'production',
        DATABASE_URL: this.database.url,
        JWT_SECRET: SECRET,
        URL_SIGNING_KEY: `${SECRET} for URLs`,
        MIGRATE_ON_START: 'true',
        RATE_LIMIT_PER_MINUTE: '0',
        ...this.env,
      },
    });
  }

  private async databasePid(): Promise<number> {
    const file = await readFile(join(this.directory, 'postgres/cluster/postmaster.pid'), 'utf8');
    return Number(file.split('\n')[0]);
  }
}

async function startDatabase(directory: string): Promise<Database> {
  const { EmbeddedPostgres } = (await import(
    pathToFileURL(join(import.meta.dirname, '../../../dist/database/embedded-postgres.js')).href
  )) as typeof import('../../../src/database/embedded-postgres.js');
  return EmbeddedPostgres.start(join(directory, 'postgres'));
}
