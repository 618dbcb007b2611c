import { open, realpath } from 'node:fs/promises';
import { sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ByteRange } from './playlist/media-playlist.ts';

/** Bytes as their server gave them. */
export interface Resource {
  data: Buffer;
  /** Null for what came by HTTP not at all. */
  http: {
    status: number;
    contentType: string;
    contentEncoding: string;
    cacheControl: string;
    redirected: boolean;
  } | null;
}

/** @throws Error that says what could not be read, and why */
export type Read = (url: URL, range?: ByteRange) => Promise<Resource>;

const maxBytes = 256 * 1024 ** 2;
const timeoutMs = 60_000;

/**
 * Reads by HTTP, following redirects so that they can be complained of.
 * @param headers for the origin of `home` alone: others, as a bucket, must not see its credentials
 */
export function httpReader(headers: Record<string, string> = {}, home?: URL): Read {
  return async (url, range) => {
    const wanted = range && { range: `bytes=${range.offset}-${range.offset + range.length - 1}` };
    const response = await fetch(url, {
      headers: { 'accept-encoding': 'gzip', ...(url.origin === home?.origin && headers), ...wanted },
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (response.status !== (range ? 206 : 200)) {
      await response.body?.cancel();
      throw new Error(`${url.href}: status ${response.status}`);
    }
    return {
      data: await collect(response, url),
      http: {
        status: response.status,
        contentType: response.headers.get('content-type') ?? '',
        contentEncoding: response.headers.get('content-encoding') ?? '',
        cacheControl: response.headers.get('cache-control') ?? '',
        redirected: response.redirected,
      },
    };
  };
}

async function collect(response: Response, url: URL): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > maxBytes) throw new Error(`${url.href}: more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Reads files below a directory, and no others, whatever a playlist says. */
export async function directoryReader(directory: string): Promise<{ read: Read; base: URL }> {
  const root = await realpath(directory);
  const read: Read = async (url, range) => {
    if (url.protocol !== 'file:') throw new Error(`${url.href}: not a file`);
    const path = await realpath(fileURLToPath(url)).catch(() => {
      throw new Error(`${url.pathname}: no such file`);
    });
    if (!path.startsWith(root + sep)) throw new Error(`${url.pathname}: outside the directory`);
    await using file = await open(path);
    const { size } = await file.stat();
    const { offset, length } = range ?? { offset: 0, length: size };
    if (length > maxBytes) throw new Error(`${url.pathname}: more than ${maxBytes} bytes`);
    if (offset + length > size) throw new Error(`${url.pathname}: has no bytes up to ${offset + length}`);
    const data = Buffer.alloc(length);
    await file.read(data, 0, length, offset);
    return { data, http: null };
  };
  return { read, base: pathToFileURL(root + sep) };
}
