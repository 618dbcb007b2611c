import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { scopes, signDevelopmentToken } from '../../src/auth/index.js';
import { freePort } from './free-port.js';

const main = join(import.meta.dirname, '../../dist/main.js');
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 30_000;
const TOKEN_SECONDS = 24 * 3600;
/** What is kept of the server's output. */
const LOG_CHARACTERS = 200_000;

export interface ServerOptions {
  /** Settings beside PORT, HOST and DATA_DIR; nothing of the tests' own environment reaches the server. */
  env?: Record<string, string>;
  /** Where the server keeps its data; a directory of its own, removed by `stop`, when not given. */
  dataDir?: string;
}

/** The built service as a process of its own, on embedded defaults unless told otherwise. */
export interface ServerProcess {
  /** Origin, without a trailing slash. */
  url: string;
  /** A token of the user `developer` with all scopes. */
  token: string;
  dataDir: string;
  process: ChildProcess;
  /** What it wrote so far. */
  logs(): string;
  /** Sends a signal and resolves when the process is gone. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Shuts down as an operator would. @returns the exit code; null when it had to be killed */
  stop(): Promise<number | null>;
}

/** Starts `node dist/main.js` and resolves when it is ready. @throws Error with its output when it does not become so */
export async function startServer({ env = {}, dataDir }: ServerOptions = {}): Promise<ServerProcess> {
  const directory = dataDir ?? (await mkdtemp(join(tmpdir(), 'media-server-')));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(process.execPath, ['--enable-source-maps', main], {
    // Away from the checkout, whose .env is not for tests.
    cwd: directory,
    env: {
      ...Object.fromEntries(['PATH', 'HOME', 'TMPDIR'].map((name) => [name, process.env[name]])),
      PORT: String(port),
      HOST: '127.0.0.1',
      DATA_DIR: directory,
      LOG_LEVEL: 'warn',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const logs = collectOutput(child);
  const gone = once(child, 'exit');
  const killWithTests = (): void => void child.kill('SIGKILL');
  process.once('exit', killWithTests);
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await gone;
    process.off('exit', killWithTests);
  };
  try {
    await untilReady(url, child);
    return {
      url,
      token: await developerToken(env, directory),
      dataDir: directory,
      process: child,
      logs,
      kill,
      stop: async () => {
        const deadline = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
        if (isRunning(child)) await kill('SIGTERM');
        clearTimeout(deadline);
        if (dataDir === undefined) await remove(directory);
        return child.exitCode;
      },
    };
  } catch (cause) {
    if (isRunning(child)) await kill('SIGKILL');
    if (dataDir === undefined) await remove(directory);
    throw new Error(`the server did not become ready:\n${logs()}`, { cause });
  }
}

function collectOutput({ stdout, stderr }: ChildProcess): () => string {
  let output = '';
  for (const stream of [stdout, stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      output = (output + chunk).slice(-LOG_CHARACTERS);
    });
  }
  return () => output;
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    if (!isRunning(child)) throw new Error(`it ended with ${child.exitCode ?? child.signalCode}`);
    const response = await fetch(`${url}/health/ready`).catch(() => null);
    await response?.body?.cancel();
    if (response?.ok) return;
    await sleep(50);
  }
  throw new Error(`it was not ready after ${START_TIMEOUT_MS} ms`);
}

/** The database of a server that was killed may still be on its way out. */
function remove(directory: string): Promise<void> {
  return rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}

async function developerToken(env: Record<string, string>, directory: string): Promise<string> {
  const secret = env['JWT_SECRET'] ?? (await readFile(join(directory, 'jwt-secret'), 'utf8'));
  return signDevelopmentToken(secret.trim(), { sub: 'developer', scopes, expiresInSeconds: TOKEN_SECONDS });
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}
