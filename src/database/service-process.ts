import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
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

/** Whether a process runs that we may stop and, where that can be seen, that was started with the argument. */
export function runsWith(pid: number, argument: string): boolean {
  if (!Number.isInteger(pid) || pid <= 1) return false;
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(argument);
  } catch {
    return process.platform !== 'linux';
  }
}
