import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

export interface PageFile {
  contentType: string;
  plain: Buffer;
  gzip: Buffer;
  /** Strong, with its quotes, one for each encoding. */
  tags: { plain: string; gzip: string };
}

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
};

const require = createRequire(import.meta.url);

/** The library and its worker, as its package has them, under names of the page's own. */
const library = {
  'hls.mjs': require.resolve('hls.js/dist/hls.min.mjs'),
  'hls.worker.js': require.resolve('hls.js/dist/hls.worker.js'),
};

const pageName = 'watch.html';

/** Everything the player page consists of: read once, held in memory (about 1 MB), never a path from a request. */
export function readPageFiles(): { page: PageFile; assets: ReadonlyMap<string, PageFile> } {
  const directory = join(import.meta.dirname, 'page');
  const assets = new Map<string, PageFile>();
  for (const name of readdirSync(directory)) {
    if (extname(name) in types) assets.set(name, readPageFile(join(directory, name)));
  }
  for (const [name, path] of Object.entries(library)) assets.set(name, readPageFile(path));
  const page = assets.get(pageName);
  if (!page) throw new Error('the player page is not part of this build');
  assets.delete(pageName);
  return { page, assets };
}

function readPageFile(path: string): PageFile {
  // References to source maps that are not served.
  const text = readFileSync(path, 'utf8').replace(/^\/\/# sourceMappingURL=.*$/gm, '');
  const plain = Buffer.from(text);
  const hash = createHash('sha256').update(plain).digest('base64url').slice(0, 27);
  return {
    contentType: types[extname(path)] ?? 'application/octet-stream',
    plain,
    gzip: gzipSync(plain, { level: 9 }),
    tags: { plain: `"${hash}"`, gzip: `"${hash}-gzip"` },
  };
}
