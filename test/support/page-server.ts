import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';

/** A page and its script, on an origin of their own. */
export interface PageServer {
  origin: string;
  stop(): Promise<void>;
}

const root = join(import.meta.dirname, '../..');

/** Serves one of examples/, bundled in memory. */
export async function serveExample(name: string): Promise<PageServer> {
  const directory = join(root, 'examples', name);
  const html = await readFile(join(directory, 'index.html'), 'utf8');
  return serve(html, await bundle({ entryPoints: [join(directory, 'main.js')] }));
}

/** Serves a page that a test has written, with a module as its `main.js`. */
export async function servePage(html: string, script: string): Promise<PageServer> {
  return serve(html, await bundle({ stdin: { contents: script, resolveDir: root } }));
}

async function bundle(input: Parameters<typeof build>[0]): Promise<Uint8Array> {
  const { outputFiles } = await build({ ...input, bundle: true, format: 'esm', write: false });
  return outputFiles[0]?.contents ?? new Uint8Array();
}

async function serve(html: string, script: Uint8Array): Promise<PageServer> {
  const server = createServer((request, response) => {
    const isScript = request.url === '/main.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html; charset=utf-8');
    response.end(isScript ? script : html);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
