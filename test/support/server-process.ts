import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scopes, signDevelopmentToken } from '../../src/auth/index.js';
import { freePort } from './free-port.js';
import { isRunning, type ServiceProcess, startService } from './service-process.js';

const STOP_TIMEOUT_MS = 30_000;
const TOKEN_SECONDS = 24 * 3600;

export interface ServerOptions {
  /** Settings beside PORT, HOST and DATA_DIR; nothing of the tests' own environment reaches the server. */
  env?: Record<string, string>;
  /** Where the server keeps its data; a directory of its own, removed by `stop`, when not given. */
  dataDir?: string;
}

/** The built service as a process of its own, on embedded defaults unless told otherwise. */
export interface ServerProcess extends ServiceProcess {
  /** A token of the user `developer` with all scopes. */
  token: string;
  dataDir: string;
  /** Shuts down as an operator would. @returns the exit code; null when it had to be killed */
  stop(): Promise<number | null>;
}

/** Starts `node dist/main.js` and resolves when it is ready. @throws Error with its output when it does not become so */
export async function startServer({ env = {}, dataDir }: ServerOptions = {}): Promise<ServerProcess> {
  const directory = dataDir ?? (await mkdtemp(join(tmpdir(), 'media-server-')));
  let service: ServiceProcess | null = null;
  try {
    const started = await startService({ port: await freePort(), dataDir: directory, env });
    service = started;
    const { process: child } = started;
    return {
      ...started,
      token: await developerToken(env, directory),
      dataDir: directory,
      stop: async () => {
        const deadline = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
        if (isRunning(child)) await started.kill('SIGTERM');
        clearTimeout(deadline);
        if (dataDir === undefined) await remove(directory);
        return child.exitCode;
      },
    };
  } catch (error) {
    await service?.kill('SIGKILL');
    if (dataDir === undefined) await remove(directory);
    throw error;
  }
}

/** The database of a server that was killed may still be on its way out. */
function remove(directory: string): Promise<void> {
  return rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}

async function developerToken(env: Record<string, string>, directory: string): Promise<string> {
  const secret = env['JWT_SECRET'] ?? (await readFile(join(directory, 'jwt-secret'), 'utf8'));
  return signDevelopmentToken(secret.trim(), { sub: 'developer', scopes, expiresInSeconds: TOKEN_SECONDS });
}
