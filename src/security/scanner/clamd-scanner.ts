import type { Readable } from 'node:stream';
import { securityErrors } from '../security.errors.js';
import { type ClamdEndpoint, ClamdSession } from './clamd-session.js';
import { Scanner, type Verdict } from './scanner.js';

export interface ClamdOptions extends ClamdEndpoint {
  /** clamd's StreamMaxLength. */
  maxBytes: number;
}

/** Also what clamd reads at once. */
const CHUNK_BYTES = 64 * 1024;
const COMMAND_TIMEOUT_MS = 5000;
const END_OF_STREAM = Buffer.alloc(4);

/**
 * Scans by clamd over TCP: INSTREAM, chunks with a length in front, an empty chunk at the end (clamd(8)).
 * clamd must run with `AlertExceedsMax yes`, or it calls clean what its own limits made it skip.
 */
export class ClamdScanner extends Scanner {
  override readonly name = 'clamav';

  constructor(private readonly options: ClamdOptions) {
    super();
  }

  override async scan(source: Readable, signal: AbortSignal): Promise<Verdict> {
    // An error before the first read is thrown by that read; without a listener it would end the process.
    source.on('error', () => undefined);
    try {
      using session = new ClamdSession(this.options, signal);
      const complete = await this.send(source, session);
      return parseVerdict(await session.reply, complete);
    } finally {
      source.destroy();
    }
  }

  override async check(signal: AbortSignal): Promise<void> {
    const reply = await this.ask('PING', signal);
    if (reply !== 'PONG') throw unexpected(reply);
  }

  override async version(signal: AbortSignal): Promise<string> {
    const reply = await this.ask('VERSION', signal);
    if (!reply.startsWith('ClamAV')) throw unexpected(reply);
    return reply;
  }

  /** Resolves with whether clamd was given everything: it may answer, or go, before the end. */
  private async send(source: Readable, session: ClamdSession): Promise<boolean> {
    // A source that stalls must not outlive the session.
    session.end.addEventListener('abort', () => source.destroy(), { once: true });
    await session.write(command('INSTREAM'));
    let sent = 0;
    try {
      for await (const data of source as AsyncIterable<Buffer>) {
        sent += data.length;
        if (sent > this.options.maxBytes) throw tooLarge();
        for (let at = 0; at < data.length; at += CHUNK_BYTES) {
          const chunk = data.subarray(at, at + CHUNK_BYTES);
          await session.write(lengthOf(chunk), chunk);
        }
        if (session.end.aborted) return false;
      }
    } catch (error) {
      if (!session.end.aborted) throw error;
      return false;
    }
    return session.write(END_OF_STREAM);
  }

  private async ask(name: 'PING' | 'VERSION', signal: AbortSignal): Promise<string> {
    const timeoutMs = Math.min(this.options.timeoutMs, COMMAND_TIMEOUT_MS);
    // The limit on silence starts anew with every byte, so the whole exchange gets one as well.
    const deadline = AbortSignal.timeout(timeoutMs);
    try {
      using session = new ClamdSession({ ...this.options, timeoutMs }, AbortSignal.any([signal, deadline]));
      await session.write(command(name));
      return await session.reply;
    } catch (cause) {
      signal.throwIfAborted();
      throw deadline.aborted ? securityErrors.SCANNER_UNAVAILABLE(undefined, { cause }) : cause;
    }
  }
}

function command(name: string): Buffer {
  return Buffer.from(`z${name}\0`, 'latin1');
}

function lengthOf(chunk: Uint8Array): Buffer {
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32BE(chunk.length);
  return prefix;
}

function parseVerdict(reply: string, complete: boolean): Verdict {
  const signature = /^stream: (.+) FOUND$/s.exec(reply)?.[1];
  if (signature?.startsWith('Heuristics.Limits.Exceeded')) throw tooLarge();
  if (signature !== undefined) return { infected: true, signature };
  if (reply.includes('size limit exceeded')) throw tooLarge();
  if (reply === 'stream: OK' && complete) return { infected: false };
  throw unexpected(reply);
}

function tooLarge() {
  return securityErrors.SCAN_TOO_LARGE();
}

function unexpected(reply: string) {
  return securityErrors.SCANNER_UNAVAILABLE(undefined, {
    cause: new Error(`clamd answered ${JSON.stringify(reply)}`),
  });
}
