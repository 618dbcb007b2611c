/**
 * What the service is measured against: the libraries alone, each in a process of its own.
 * `bare.ts images <file> <format> <from> <count>`, `bare.ts upload <folder>`, `bare.ts handler <file>`
 */
import { createHash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import fastify from 'fastify';
import sharp from 'sharp';

const CONCURRENCY = 2;

/** Prints the CPU seconds and the bytes of resizing to `from`, `from + 1`, …, with the settings of the service. */
async function images([file = '', format = '', from = '0', count = '0']: string[]): Promise<void> {
  sharp.concurrency(1);
  sharp.cache(false);
  const resize = (pixels: number): Promise<Buffer> => {
    const image = sharp(file, { failOn: 'warning' })
      .autoOrient()
      .resize({ width: pixels, height: Math.round((pixels * 3) / 4), fit: 'fill' })
      .toColourspace('srgb');
    if (format === 'jpeg') return image.jpeg({ quality: 80, chromaSubsampling: '4:2:0' }).toBuffer();
    if (format === 'avif') return image.avif({ quality: 50, effort: 2 }).toBuffer();
    return image.webp({ quality: 80, effort: 4 }).toBuffer();
  };
  await Promise.all([resize(700), resize(701)]);
  const before = process.cpuUsage();
  let next = Number(from);
  let bytes = 0;
  const work = async (): Promise<void> => {
    while (next < Number(from) + Number(count)) {
      next += 1;
      const { length } = await resize(next - 1);
      bytes += length;
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  const { user, system } = process.cpuUsage(before);
  process.stdout.write(`${JSON.stringify({ cpu: (user + system) / 1e6, bytes })}\n`);
}

/** Counts, hashes and writes a body, and answers when it is durable. */
async function receive(request: IncomingMessage, path: string): Promise<string> {
  const file = await open(path, 'w');
  try {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of request as AsyncIterable<Buffer>) {
      hash.update(chunk);
      bytes += chunk.length;
      await file.write(chunk);
    }
    await file.datasync();
    return JSON.stringify({ bytes, sha256: hash.digest('hex') });
  } finally {
    await file.close();
  }
}

function upload([folder = '']: string[]): void {
  let count = 0;
  const server = createServer((request, response) => {
    count += 1;
    receive(request, join(folder, `bare-${count}`)).then(
      (body) => response.writeHead(201, { 'Content-Type': 'application/json' }).end(body),
      (error: unknown) => response.destroy(error instanceof Error ? error : undefined),
    );
  });
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo;
    process.stdout.write(`Bare http://127.0.0.1:${port}\n`);
  });
}

async function handler([file = '']: string[]): Promise<void> {
  const bytes = await readFile(file);
  const app = fastify();
  app.get('/*', (_request, reply) => reply.type('image/jpeg').send(bytes));
  process.stdout.write(`Bare ${await app.listen({ port: 0, host: '127.0.0.1' })}\n`);
}

const [kind, ...rest] = process.argv.slice(2);
if (kind === 'images') await images(rest);
else if (kind === 'upload') upload(rest);
else await handler(rest);
