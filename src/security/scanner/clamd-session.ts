import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { securityErrors } from '../security.errors.js';

export interface ClamdEndpoint {
  host: string;
  port: number;
  /** Longest time without a byte in either direction. */
  timeoutMs: number;
}

/** No reply of clamd is longer; signature names are short. */
const MAX_REPLY_BYTES = 4096;

/**
 * One connection to clamd for one command: clamd closes it behind its reply (clamd(8), z commands).
 * To be disposed of.
 */
export class ClamdSession {
  private readonly socket: Socket;
  private readonly ended = new AbortController();

  /**
   * The reply without its NUL. May come while the command is still being written.
   * Rejects with SCANNER_UNAVAILABLE, or with the signal's reason when that aborted.
   */
  readonly reply: Promise<string>;

  constructor({ host, port, timeoutMs }: ClamdEndpoint, signal: AbortSignal) {
    signal.throwIfAborted();
    this.socket = connect({ host, port, signal });
    this.socket.setTimeout(timeoutMs, () =>
      this.socket.destroy(new Error(`clamd was silent for ${timeoutMs} ms`)),
    );
    this.reply = readReply(this.socket)
      .catch((cause: unknown) => {
        signal.throwIfAborted();
        throw securityErrors.SCANNER_UNAVAILABLE(undefined, { cause });
      })
      .finally(() => this.ended.abort());
    // Whoever awaits the reply sees its failure; a writer that fails first never gets there.
    this.reply.catch(() => undefined);
  }

  /** Aborts when the reply has come or can come no more. */
  get end(): AbortSignal {
    return this.ended.signal;
  }

  /**
   * Writes the parts as one; resolves when more may be written.
   * @returns false when the session had ended before and nothing was written
   */
  async write(...parts: Uint8Array[]): Promise<boolean> {
    // clamd answers early when it has enough, and closes. Writing to a closed connection destroys the
    // socket with the answer unread in it, so reading gets a turn before every write.
    await nextTurn();
    if (this.end.aborted) return false;
    this.socket.cork();
    const hasRoom = parts.map((part) => this.socket.write(part)).every(Boolean);
    this.socket.uncork();
    if (!hasRoom) await once(this.socket, 'drain', { signal: this.end }).catch(() => undefined);
    return true;
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

function readReply(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const end = received.indexOf(0);
      if (end >= 0) resolve(received.toString('utf8', 0, end));
      else if (received.length > MAX_REPLY_BYTES) socket.destroy(new Error('clamd sent too long a reply'));
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('clamd closed the connection without a reply')));
  });
}
