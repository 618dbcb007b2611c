import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { Client, type Dispatcher, errors } from 'undici';
import { Deadline } from './deadline.js';
import { importErrors } from './fetch-guard.errors.js';
import { FetchedBody } from './fetched-body.js';
import { guardedConnector, type Resolve, systemResolve } from './guarded-connector.js';
import { headerText } from './header-text.js';
import { type HostLists, HostPolicy } from './host-policy.js';
import { parseImportUrl, redirectTarget } from './import-url.js';
import { readResponseHead, type ResponseHead } from './response-head.js';
import { toImportError } from './to-import-error.js';

export interface FetchGuardOptions {
  hosts: HostLists;
  /** For the whole of one import, unless `open` is told otherwise. */
  timeoutMs: number;
  /** For each hop from its look-up to the head of the answer, and for each silence within the body. */
  idleTimeoutMs: number;
  /** The system's resolver unless a test gives another one. */
  resolve?: Resolve;
}

export interface FetchOptions {
  /** Ends the import at any time; its reason is then what is thrown. */
  signal: AbortSignal;
  maxBytes: number;
  maxMs?: number;
}

/** A file at its source. What the source says of it is not proven by anything. */
export interface RemoteFile extends ResponseHead {
  /** To be read to its end or destroyed: until then it holds a connection. Ends only with the whole file. */
  source: Readable;
  /** Where the file was found after all redirects. Its query may hold a secret of the user. */
  finalUrl: string;
}

interface Hop {
  url: URL;
  answer: Dispatcher.ResponseData;
  client: Client;
  socket: Socket | undefined;
}

const MAX_REDIRECTS = 5;
const MAX_HEADER_BYTES = 16 * 1024;
const redirects = new Set([301, 302, 303, 307, 308]);
/** All that a source learns, beside its own URL. */
const requestHeaders = {
  'user-agent': 'media-service-import/1',
  accept: '*/*',
  'accept-encoding': 'identity',
};

/**
 * Fetches files from URLs of users without being led to where only this server gets (SSRF): every hop is
 * parsed, checked against the policy and connected to a checked address anew. One connection per hop,
 * HTTP/1.1, nothing kept: no cookies, no credentials, no referrer.
 */
export class FetchGuard {
  private readonly policy: HostPolicy;

  constructor(private readonly options: FetchGuardOptions) {
    this.policy = new HostPolicy(options.hosts);
  }

  /**
   * Refuses what `open` would refuse without asking DNS, so that it can be answered at once.
   * @throws IMPORT_URL_INVALID
   * @throws IMPORT_URL_FORBIDDEN
   */
  check(url: string): URL {
    return this.assertAllowed(parseImportUrl(url));
  }

  /**
   * Asks for a file with GET, and again where redirects lead, and resolves when its head is there. Every
   * failure is an `IMPORT_…`, also of the `source` later; those with a status of 500 or above may pass when
   * tried again. The signal's reason is thrown as it is.
   */
  async open(
    url: string,
    { signal, maxBytes, maxMs = this.options.timeoutMs }: FetchOptions,
  ): Promise<RemoteFile> {
    signal.throwIfAborted();
    const deadline = new Deadline(signal, maxMs);
    try {
      const hop = await this.follow(this.check(url), deadline.signal);
      try {
        return toRemoteFile(hop, maxBytes, deadline);
      } catch (error) {
        await hop.client.destroy();
        throw error;
      }
    } catch (error) {
      deadline[Symbol.dispose]();
      throw error;
    }
  }

  /** Resolves with the first hop that does not lead on. */
  private async follow(start: URL, signal: AbortSignal): Promise<Hop> {
    const visited = new Set<string>();
    let url = start;
    for (;;) {
      visited.add(url.href);
      const hop = await this.request(url, signal);
      const { statusCode, headers } = hop.answer;
      const location = redirects.has(statusCode) ? headers['location'] : undefined;
      if (typeof location !== 'string') return hop;
      await hop.client.destroy();
      url = this.assertAllowed(redirectTarget(url, headerText(location)));
      // Without cookies, a URL seen before answers as it did before.
      if (visited.size > MAX_REDIRECTS || visited.has(url.href)) {
        throw importErrors.IMPORT_TOO_MANY_REDIRECTS();
      }
    }
  }

  private async request(url: URL, signal: AbortSignal): Promise<Hop> {
    using head = new Deadline(signal, this.options.idleTimeoutMs);
    let socket: Socket | undefined;
    const client = new Client(url.origin, {
      connect: guardedConnector({
        policy: this.policy,
        resolve: this.options.resolve ?? systemResolve,
        signal: head.signal,
        onConnect: (connected) => (socket = connected),
      }),
      allowH2: false,
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: 0,
      bodyTimeout: this.options.idleTimeoutMs,
      pipelining: 1,
    });
    try {
      const answer = await client.request({
        method: 'GET',
        path: url.pathname + url.search,
        headers: requestHeaders,
        signal: head.signal,
        reset: true,
      });
      // A body that nobody reads must not end the process when its connection ends.
      answer.body.on('error', () => undefined);
      return { url, answer, client, socket };
    } catch (error) {
      await client.destroy();
      head.signal.throwIfAborted();
      throw toImportError(error, 'head');
    }
  }

  private assertAllowed(url: URL): URL {
    if (!this.policy.allowsHost(url.hostname)) throw importErrors.IMPORT_URL_FORBIDDEN();
    return url;
  }
}

function toRemoteFile(
  { url, answer, client, socket }: Hop,
  maxBytes: number,
  deadline: Deadline,
): RemoteFile {
  const head = readResponseHead(answer.statusCode, answer.headers, url);
  if (head.contentLength !== null && head.contentLength > maxBytes) throw importErrors.IMPORT_TOO_LARGE();
  const source = new FetchedBody(answer.body, {
    maxBytes,
    contentLength: head.contentLength,
    signal: deadline.signal,
    isBroken: () => endsWithConnection(answer, head) && isBroken(socket),
    onClose: () => {
      deadline[Symbol.dispose]();
      void client.destroy();
    },
  });
  return { ...head, source, finalUrl: url.href };
}

function endsWithConnection({ headers }: Dispatcher.ResponseData, { contentLength }: ResponseHead): boolean {
  return contentLength === null && headers['transfer-encoding'] === undefined;
}

/** An error of undici's is how it closes what has ended well. */
function isBroken(socket: Socket | undefined): boolean {
  const error = socket?.errored ?? null;
  return error !== null && !(error instanceof errors.UndiciError);
}
