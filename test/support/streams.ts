import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';

/** A stream of the given text. */
export function textStream(text: string): Readable {
  return Readable.from([Buffer.from(text)]);
}

/** A stream of unknown length that yields `count` chunks, each filled with its number modulo 256. */
export function chunkStream(count: number, chunkBytes: number): Readable {
  return Readable.from(
    (function* chunks() {
      for (let index = 0; index < count; index += 1) yield Buffer.alloc(chunkBytes, index);
    })(),
  );
}

/** A stream that yields some bytes and then does `after`: throws, or never ends. */
export function brokenStream(bytes: number, after: () => Promise<never>): Readable {
  return Readable.from(
    (async function* chunks() {
      const chunkBytes = 64 * 1024;
      for (let sent = 0; sent < bytes; sent += chunkBytes) yield Buffer.alloc(chunkBytes);
      await after();
    })(),
  );
}

export async function textOf(stream: Readable): Promise<string> {
  return (await buffer(stream)).toString();
}

/** Size and SHA-256 of a stream, without keeping it. */
export async function digestOf(stream: Readable): Promise<{ sizeBytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    hash.update(chunk);
    sizeBytes += chunk.length;
  }
  return { sizeBytes, sha256: hash.digest('hex') };
}
