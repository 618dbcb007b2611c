import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const main = join(import.meta.dirname, '../../dist/main.js');
const START_TIMEOUT_MS = 60_000;
/** What is kept of the service's output. */
const LOG_CHARACTERS = 200_000;

export interface ServiceOptions {
  port: number;
  /** DATA_DIR, and where it is started. */
  dataDir: string;
  /** Settings beside PORT, HOST and DATA_DIR; nothing of the caller's own environment reaches the service. */
  env: Record<string, string>;
}

/** The built service as a process. */
export interface ServiceProcess {
  /** Origin, without a trailing slash. */
  url: string;
  process: ChildProcess;
  /** What it wrote so far. */
  logs(): string;
  /** Sends a signal and resolves when the process is gone. */
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** Starts `node dist/main.js` and resolves when it is ready. @throws Error with its output when it does not become so */
export async function startService({ port, dataDir, env }: ServiceOptions): Promise<ServiceProcess> {
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(process.execPath, ['--enable-source-maps', main], {
    // Away from the checkout, whose .env is not for tests.
    cwd: dataDir,
    env: {
      ...Object.fromEntries(['PATH', 'HOME', 'TMPDIR'].map((name) => [name, process.env[name]])),
      PORT: String(port),
      HOST: '127.0.0.1',
      DATA_DIR: dataDir,
      LOG_LEVEL: 'warn',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const logs = collectOutput(child);
  const gone = once(child, 'exit');
  const killWithCaller = (): void => void child.kill('SIGKILL');
  process.once('exit', killWithCaller);
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await gone;
    process.off('exit', killWithCaller);
  };
  try {
    await untilReady(url, child);
    return { url, process: child, logs, kill };
  } catch (cause) {
    if (isRunning(child)) await kill('SIGKILL');
    throw new Error(`the server did not become ready:\n${logs()}`, { cause });
  }
}

export function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
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
  let answer = 'nothing';
  while (Date.now() < deadline) {
    if (!isRunning(child)) throw new Error(`it ended with ${child.exitCode ?? child.signalCode}`);
    const response = await fetch(`${url}/health/ready`).catch(() => null);
    if (response) answer = `${response.status} ${await response.text().catch(String)}`;
    if (response?.ok) return;
    await sleep(50);
  }
  throw new Error(`it was not ready after ${START_TIMEOUT_MS} ms; its last answer was ${answer}`);
}
