import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { userInfo } from 'node:os';

const SERVICE_USER = 'postgres';
const SETPRIV = '/usr/bin/setpriv';

export interface Identity {
  uid: number;
  gid: number;
}

/** PostgreSQL refuses to run as root, so root hands it to a service user, made when it is missing. */
export function serviceIdentity(): Identity | null {
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
export function asService(program: string, args: readonly string[]): [string, string[]] {
  if (process.platform !== 'linux' || !existsSync(SETPRIV)) return [program, [...args]];
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
  return [SETPRIV, ['--pdeathsig', 'INT', ...user, '--', program, ...args]];
}

/**
 * The living processes of a PostgreSQL cluster: all of them work in its directory. Where there is no
 * /proc only the server itself is found, by its number and command line.
 */
export function clusterProcesses(cluster: string, serverPid: number): number[] {
  if (process.platform !== 'linux') return commandOf(serverPid).includes(cluster) ? [serverPid] : [];
  const directory = realpathSync(cluster);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && workingDirectoryOf(name) === directory)
    .map(Number);
}

/** Null for zombies, which have none, and for processes of others. */
function workingDirectoryOf(pid: string): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return null;
  }
}

function commandOf(pid: number): string {
  try {
    return execFileSync('ps', ['-p', String(pid), '-o', 'args='], { encoding: 'utf8', stdio: 'pipe' });
  } catch {
    return '';
  }
}
