import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request as send } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Chronicle } from './chronicle.ts';
import type { Cluster } from './cluster.ts';
import type { Interruption } from './plan.ts';
import { Random } from './random.ts';
import type { Tally } from './tally.ts';

/** A client gives up a request to which nothing happens for this long. */
const PATIENCE_MS = 40_000;
const MAX_SLICE_BYTES = 128 * 1024;
/** Answers that say: not now. */
const PASSING = new Set([408, 423, 429, 500, 502, 503, 504]);
/** In all, for one step: a killed writer's lease, a process that starts, a bucket that is silent. */
const PERSISTENCE_MS = 240_000;

export interface Answer {
  status: number;
  headers: Record<string, string | undefined>;
  body: string;
}

export interface Request {
  method: string;
  /** Absolute, or a path. */
  url: string;
  headers?: Record<string, string>;
  body?: Uint8Array;
}

/** There was no whole answer: nobody knows what became of the request. */
class Broken extends Error {}

/** The HTTP client of one upload, to which the upload's interruptions happen. */
export class ChaosClient {
  readonly random: Random;
  private readonly cluster: Cluster;
  private readonly tally: Tally;
  private readonly pending: Interruption[];
  private sentBytes = 0;
  readonly chronicle: Chronicle;

  constructor(chronicle: Chronicle, { cluster, tally }: { cluster: Cluster; tally: Tally }) {
    this.chronicle = chronicle;
    this.cluster = cluster;
    this.tally = tally;
    this.random = new Random(chronicle.plan.seed);
    this.pending = [...chronicle.plan.interruptions];
  }

  /** What was planned and has not happened. */
  get left(): number {
    return this.pending.length;
  }

  /** Makes a request as often as it takes to be answered, for which it must be one that may be repeated. */
  async ask(request: Request): Promise<Answer> {
    const deadline = Date.now() + PERSISTENCE_MS;
    for (let delayMs = 50; ; delayMs = Math.min(delayMs * 2, 1000)) {
      const answer = await this.attempt(request);
      if (answer && !PASSING.has(answer.status)) return answer;
      if (Date.now() > deadline) {
        throw this.chronicle.violation(
          `no answer to ${request.method} ${request.url} in ${PERSISTENCE_MS} ms`,
        );
      }
      await sleep(delayMs);
    }
  }

  /** Makes a request once. @returns null when it broke off */
  async attempt(request: Request): Promise<Answer | null> {
    const requestId = randomUUID();
    const name = `${request.method} ${new URL(request.url, this.cluster.url).pathname} ${request.body?.length ?? ''}`;
    this.tally.requests += 1;
    try {
      const answer = await this.exchange(request, requestId);
      const { 'upload-offset': offset = '', 'media-id': media = '' } = answer.headers;
      const problem = answer.status < 400 ? '' : answer.body.slice(0, 300);
      this.chronicle.note(`${name} → ${answer.status} ${offset} ${media} ${problem}`);
      return answer;
    } catch (error) {
      this.chronicle.note(`${name} → ${error instanceof Error ? error.message : String(error)}`);
      return null;
    }
  }

  private async exchange({ method, url, headers, body }: Request, requestId: string): Promise<Answer> {
    const outgoing = send(new URL(url, this.cluster.url), {
      method,
      agent: false,
      timeout: PATIENCE_MS,
      headers: {
        authorization: `Bearer ${this.cluster.token}`,
        'x-request-id': requestId,
        ...(body && { 'content-length': String(body.length) }),
        ...headers,
      },
    });
    outgoing.once('timeout', () => outgoing.destroy(new Broken('the client lost patience')));
    const answered = answerOf(outgoing);
    // An answer, and a failure, may come while the body is still being written.
    const over = new AbortController();
    void answered.catch(() => undefined).finally(() => over.abort());
    if (body) await this.write(outgoing, body, { url, requestId, over: over.signal });
    if (!over.signal.aborted) outgoing.end();
    try {
      return await answered;
    } finally {
      outgoing.destroy();
    }
  }

  private async write(
    outgoing: ClientRequest,
    body: Uint8Array,
    { over, ...about }: { url: string; requestId: string; over: AbortSignal },
  ): Promise<void> {
    for (let position = 0; position < body.length && !over.aborted;) {
      const next = this.pending[0]?.atBytes ?? Infinity;
      const most = Math.max(1, Math.min(MAX_SLICE_BYTES, next - this.sentBytes));
      const slice = body.subarray(
        position,
        position + Math.min(this.random.int(1024, MAX_SLICE_BYTES), most),
      );
      const flushed = outgoing.write(slice);
      position += slice.length;
      this.sentBytes += slice.length;
      this.tally.bytesSent += slice.length;
      if (!flushed) await once(outgoing, 'drain', { signal: over }).catch(() => undefined);
      for (let due = this.due(); due && !over.aborted; due = this.due()) {
        this.pending.shift();
        await this.interrupt(due, { outgoing, ...about });
      }
    }
  }

  private due(): Interruption | null {
    const [first] = this.pending;
    return first && first.atBytes <= this.sentBytes ? first : null;
  }

  private async interrupt(
    { kind, faults }: Interruption,
    { outgoing, url, requestId }: { outgoing: ClientRequest; url: string; requestId: string },
  ): Promise<void> {
    this.chronicle.note(`  ${kind} ${faults.join(' ')} after ${this.sentBytes} bytes`);
    const struck = (): void => {
      this.tally.interruptions[kind] += 1;
    };
    if (kind === 'client-cut') {
      struck();
      // Now and then the bytes get through, and now and then they don't.
      await sleep(this.random.int(0, 150));
      outgoing.destroy(new Broken('cut by the client'));
    } else if (kind === 'api-kill') {
      struck();
      await this.cluster.killServing(requestId);
    } else {
      this.cluster.arm(uploadIdIn(url), faults, struck);
    }
  }
}

/** Of requests that have an upload's id in their path; what is about no upload yet is about any. */
function uploadIdIn(url: string): string {
  return /\/v1\/(?:tus|uploads)\/([0-9a-f-]{36})/.exec(url)?.[1] ?? '';
}

/** How long a refused client waits: as long as it is told, in reason. */
export async function waitAsTold(answer: Answer | null): Promise<void> {
  const seconds = Number(answer?.headers['retry-after'] ?? 0.2);
  await sleep(Math.min(seconds, 5) * 1000);
}

async function answerOf(outgoing: ClientRequest): Promise<Answer> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve).on('error', reject);
    outgoing.once('close', () => reject(new Broken('the connection closed')));
  });
  return {
    status: response.statusCode ?? 0,
    headers: response.headers as Record<string, string | undefined>,
    body: await text(response),
  };
}
