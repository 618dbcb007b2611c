import { spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClamdScanner } from '../../src/security/scanner/clamd-scanner.js';
import { freePort } from './free-port.js';

/** The test file of the antivirus makers (eicar.org), put together here so that no scanner finds it in the source. */
export const eicar = Buffer.from(
  ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$', 'EICAR-STANDARD-', 'ANTIVIRUS-TEST-FILE!$H+H*'].join(''),
  'latin1',
);

/** Where clamd is installed, or null. */
export function findClamd(): string | null {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  const runnable = folders.map((folder) => join(folder, 'clamd')).find(isExecutable);
  return runnable ?? null;
}

export interface RunningClamd {
  host: string;
  port: number;
  stop(): Promise<void>;
}

/**
 * Starts clamd with one signature of its own, for EICAR, and waits until it answers. On a free port, unless
 * the settings name one by TCPSocket.
 */
export async function startClamd(
  binary: string,
  settings: Record<string, string> = {},
): Promise<RunningClamd> {
  const folder = mkdtempSync(join(tmpdir(), 'clamd-'));
  const port = Number(settings['TCPSocket'] ?? (await freePort()));
  const config = {
    Foreground: 'yes',
    TCPAddr: '127.0.0.1',
    TCPSocket: String(port),
    DatabaseDirectory: folder,
    TemporaryDirectory: folder,
    AlertExceedsMax: 'yes',
    ...settings,
  };
  writeFileSync(join(folder, 'local.ndb'), `Eicar-Local:0:*:${eicar.toString('hex')}\n`);
  writeFileSync(
    join(folder, 'clamd.conf'),
    Object.entries(config)
      .map((entry) => `${entry.join(' ')}\n`)
      .join(''),
  );
  const child = spawn(binary, ['--config-file', join(folder, 'clamd.conf')], { stdio: 'ignore' });
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async () => {
    child.kill('SIGKILL');
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await answering(port);
  } catch (error) {
    await stop();
    throw error;
  }
  return { host: '127.0.0.1', port, stop };
}

async function answering(port: number): Promise<void> {
  const scanner = new ClamdScanner({ host: '127.0.0.1', port, timeoutMs: 1000, maxBytes: 0 });
  const deadline = Date.now() + 30_000;
  for (;;) {
    try {
      return await scanner.check(AbortSignal.timeout(1000));
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(100);
    }
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
