import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { Server } from 'node:net';
import { parseHostRule } from '../../src/config/index.js';
import { FetchGuard } from '../../src/security/index.js';
import { freePort } from './free-port.js';

/** Stands for an address of the public Internet: tests allow it by its number. */
export const PUBLIC_ADDRESS = '127.0.0.8';

export interface SourceSite {
  port: number;
  /** Answers from now on; a test sets it. */
  answer: RequestListener;
  /** `METHOD host path` of each request so far. */
  readonly requests: string[];
  /** Connections to the loopback addresses of the same port, where nobody may be led. */
  readonly canaryConnections: () => number;
  stop(): Promise<void>;
}

/** A site on the address that stands for a public one, and canaries on the same port of 127.0.0.1 and ::1. */
export async function startSourceSite(): Promise<SourceSite> {
  const port = await freePort();
  let canaryConnections = 0;
  const canaries = ['127.0.0.1', '::1'].map((address) => {
    const server = createServer((_request, response) => response.end('canary'));
    server.on('connection', () => (canaryConnections += 1));
    return listen(server, address, port).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRNOTAVAIL' && error.code !== 'EAFNOSUPPORT') throw error;
      return null;
    });
  });
  const site: SourceSite = {
    port,
    answer: (_request, response) => response.end(),
    requests: [],
    canaryConnections: () => canaryConnections,
    stop: async () => {
      await Promise.all(servers.map(close));
    },
  };
  const server = createServer((request, response) => {
    site.requests.push(`${request.method} ${request.headers.host} ${request.url}`);
    site.answer(request, response);
  });
  const servers = [await listen(server, PUBLIC_ADDRESS, port), ...(await Promise.all(canaries))].filter(
    (started) => started !== null,
  );
  return site;
}

/** Answers of DNS by name, one list for each look-up, the last one for all that follow. */
export class FakeDns {
  readonly lookups: string[] = [];

  constructor(private readonly names: Record<string, readonly (readonly string[])[]>) {}

  readonly resolve = async (hostname: string): Promise<{ address: string; family: number }[]> => {
    const before = this.lookups.filter((name) => name === hostname).length;
    this.lookups.push(hostname);
    const answers = this.names[hostname];
    const addresses = answers?.[Math.min(before, answers.length - 1)];
    if (!addresses)
      throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: 'ENOTFOUND' });
    return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  };
}

export interface GuardSettings {
  dns: FakeDns;
  allowed?: readonly string[];
  denied?: readonly string[];
  timeoutMs?: number;
  idleTimeoutMs?: number;
}

/** A guard that takes PUBLIC_ADDRESS for public. */
export function guardOf({ dns, allowed = ['*'], denied = [], ...timeouts }: GuardSettings): FetchGuard {
  const rules = (entries: readonly string[]) => entries.map(parseHostRule).filter((rule) => rule !== null);
  return new FetchGuard({
    hosts: { allowed: rules([...allowed, PUBLIC_ADDRESS]), denied: rules(denied) },
    timeoutMs: 10_000,
    idleTimeoutMs: 5000,
    resolve: dns.resolve,
    ...timeouts,
  });
}

async function listen<S extends Server>(server: S, address: string, port: number): Promise<S> {
  server.listen(port, address);
  await once(server, 'listening');
  return server;
}

async function close(server: Server & { closeAllConnections?: () => void }): Promise<void> {
  server.closeAllConnections?.();
  server.close();
  await once(server, 'close');
}
