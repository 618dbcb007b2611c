import { lookup } from 'node:dns/promises';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import { buildConnector } from 'undici';
import { importErrors } from './fetch-guard.errors.js';
import type { HostPolicy } from './host-policy.js';

type Addresses = readonly { address: string; family: number }[];

/** Asks for the addresses of a name, in the order in which they should be tried. */
export type Resolve = (hostname: string) => Promise<Addresses>;

export interface GuardedConnectorOptions {
  policy: HostPolicy;
  resolve: Resolve;
  /** Ends the attempt, and the connection as long as the signal can abort. */
  signal: AbortSignal;
  /** Is given the connection before undici is. */
  onConnect?: (socket: Socket) => void;
  /** Makes the connector that dials the addresses which `lookup` gives; undici's unless a test gives one. */
  dial?: (options: buildConnector.BuildOptions) => buildConnector.connector;
}

/** With several addresses, how long one may take before the next is tried beside it (RFC 8305 says 250 ms). */
const ATTEMPT_TIMEOUT_MS = 2000;

/** The system's resolver: names of its hosts file and of a container network are names too. */
export const systemResolve: Resolve = (hostname) => lookup(hostname, { all: true, order: 'verbatim' });

/**
 * Connects undici to addresses that a policy allows, and to no others. A name is resolved once; the
 * addresses that were checked are handed to the socket as its look-up, so that there is no second one to
 * answer otherwise. Literal addresses, for which a look-up is never asked, are checked here as well. When
 * the connection stands, the address at its other end is checked before the request is sent.
 *
 * Fails with IMPORT_URL_FORBIDDEN when no address is allowed, and likewise when the name does not exist:
 * the answer must not tell which names an internal DNS knows.
 */
export function guardedConnector(options: GuardedConnectorOptions): buildConnector.connector {
  const { policy, resolve, signal, onConnect, dial = buildConnector } = options;
  const allowedAddresses = async (hostname: string): Promise<Addresses> => {
    const addresses = await addressesOf(hostname, resolve);
    const allowed = addresses.filter(({ address }) => policy.allowsAddress(hostname, address));
    if (allowed.length === 0) throw importErrors.IMPORT_URL_FORBIDDEN();
    return allowed;
  };
  const open = async (target: buildConnector.Options, callback: buildConnector.Callback): Promise<void> => {
    let addresses: Addresses;
    try {
      addresses = await allowedAddresses(target.hostname);
      // A look-up can not be called off, and a socket connects even if its signal has aborted before.
      signal.throwIfAborted();
    } catch (error) {
      return callback(error as Error, null);
    }
    const connect = dial({
      lookup: pinned(addresses),
      signal,
      allowH2: false,
      maxCachedSessions: 0,
      timeout: 0,
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: ATTEMPT_TIMEOUT_MS,
    });
    connect(target, (error, socket) => {
      if (error) return callback(error, null);
      if (!isAllowedPeer(policy, target.hostname, socket)) {
        socket.destroy();
        return callback(importErrors.IMPORT_URL_FORBIDDEN(), null);
      }
      onConnect?.(socket);
      return callback(null, socket);
    });
  };
  return (target, callback) => void open(target, callback);
}

async function addressesOf(hostname: string, resolve: Resolve): Promise<Addresses> {
  const family = isIP(hostname);
  if (family !== 0) return [{ address: hostname, family }];
  try {
    return await resolve(hostname);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    const absent = code === 'ENOTFOUND' || code === 'ENODATA';
    throw absent
      ? importErrors.IMPORT_URL_FORBIDDEN(undefined, { cause })
      : importErrors.IMPORT_UNREACHABLE(undefined, { cause });
  }
}

/** Answers with what was looked up and checked already. */
function pinned(addresses: Addresses): LookupFunction {
  return (_hostname, { all }, callback) => {
    const [first] = addresses;
    if (all === true) callback(null, [...addresses]);
    else callback(null, first?.address ?? '', first?.family);
  };
}

function isAllowedPeer(policy: HostPolicy, hostname: string, socket: Socket): boolean {
  return socket.remoteAddress !== undefined && policy.allowsAddress(hostname, socket.remoteAddress);
}
