import { setTimeout as sleep } from 'node:timers/promises';
import type { Server } from 'node:http';
import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Lifecycle } from '../common/index.js';

export interface ShutdownOptions {
  /** How long the service stays unready before it stops accepting. */
  delayMs: number;
  /** How long requests, jobs and connections may then take to end. */
  timeoutMs: number;
}

/** The part of `process` that signals need. */
export interface SignalledProcess {
  on(signal: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
  exit(code: number): void;
}

/** The share of the time that requests get; the rest is for jobs, queues and the database. */
const REQUESTS_SHARE = 0.8;
/** npm passes on a Ctrl-C that the terminal has already sent: the same signal, twice at once. */
const SAME_SIGNAL_MS = 1000;

const logger = new Logger('Shutdown');

/**
 * Readiness off → wait → stop accepting → let requests end → close the modules. May be called once.
 * @returns the exit code: 0 when everything ended by itself, 1 when something had to be cut off
 */
export async function shutDown(app: NestFastifyApplication, options: ShutdownOptions): Promise<0 | 1> {
  const lifecycle = app.get(Lifecycle);
  logger.log('draining');
  lifecycle.drain();
  await sleep(options.delayMs);

  lifecycle.close();
  const server: Server = app.getHttpServer();
  const requestsMs = options.timeoutMs * REQUESTS_SHARE;
  const drained = await within(requestsMs, connectionsEnded(server));
  if (!drained) {
    logger.warn('requests are cut off');
    server.closeAllConnections();
  }
  const closed = await within(options.timeoutMs - requestsMs, app.close());
  if (!closed) logger.warn('closing takes too long');
  return drained && closed ? 0 : 1;
}

/** Shuts down on SIGTERM and SIGINT and then exits; a second signal exits at once. */
export function shutDownOnSignals(
  app: NestFastifyApplication,
  options: ShutdownOptions,
  target: SignalledProcess = process,
): void {
  let firstAt: number | null = null;
  const onSignal = (): void => {
    if (firstAt !== null) {
      if (performance.now() - firstAt > SAME_SIGNAL_MS) target.exit(1);
      return;
    }
    firstAt = performance.now();
    shutDown(app, options).then(
      (code) => target.exit(code),
      (error: unknown) => {
        logger.error(error);
        target.exit(1);
      },
    );
  };
  target.on('SIGTERM', onSignal);
  target.on('SIGINT', onSignal);
}

/** Stops accepting, and resolves when the last connection is gone. */
function connectionsEnded(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // close() ends the connections that are idle now; those that become idle later are ours to end.
    const timer = setInterval(() => server.closeIdleConnections(), 50);
    server.close(() => {
      clearInterval(timer);
      resolve();
    });
  });
}

/** Whether the work ended in time; a failure of it is a failure of the caller. */
async function within(milliseconds: number, work: Promise<unknown>): Promise<boolean> {
  const deadline = new AbortController();
  const timeout = sleep(milliseconds, false, { signal: deadline.signal }).catch(() => false);
  try {
    return await Promise.race([work.then(() => true), timeout]);
  } finally {
    deadline.abort();
  }
}
