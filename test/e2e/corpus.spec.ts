import { existsSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { basename, extname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MediaClient } from '../support/media-client.js';
import { type ServerProcess, startServer } from '../support/server-process.js';

const corpus = process.env['MEDIA_CORPUS'] ?? join(import.meta.dirname, '../../../shared/corpus');
const manifest = join(corpus, 'MANIFEST.tsv');
const present = existsSync(manifest);

interface Row {
  path: string;
  kind: string;
  expected: string;
  why: string;
}

function readManifest(): Row[] {
  const [, ...lines] = readFileSync(manifest, 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [path = '', kind = '', , , , expected = '', why = ''] = line.split('\t');
    return { path, kind, expected, why };
  });
}

/** What browsers and curl declare: a guess from the name. */
const declaredTypes: Record<string, string> = {
  '.jpg': 'image/jpeg',
  '.png': 'image/png',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
  '.avif': 'image/avif',
  '.heic': 'image/heic',
  '.svg': 'image/svg+xml',
  '.tif': 'image/tiff',
  '.bmp': 'image/bmp',
  '.ico': 'image/x-icon',
  '.mp4': 'video/mp4',
  '.mov': 'video/quicktime',
  '.webm': 'video/webm',
  '.mkv': 'video/x-matroska',
  '.avi': 'video/x-msvideo',
  '.mp3': 'audio/mpeg',
  '.flac': 'audio/flac',
  '.wav': 'audio/wav',
  '.ogg': 'audio/ogg',
  '.pdf': 'application/pdf',
};

type Outcome = 'accept' | 'accept-as-download-only' | 'reject';

interface Result {
  outcome: Outcome;
  /** Status and code of a refusal or failure. */
  detail: string;
  media: Media | null;
}

interface Media {
  id: string;
  status: string;
  kind: string;
  width: number | null;
  height: number | null;
  metadata: Record<string, unknown>;
  failure: { code: string } | null;
}

/** Outcomes that a row allows: the one it names, and those of which it says that they are fine too. */
function allowedOutcomes({ expected, why }: Row): Set<string> {
  const allowed = new Set([expected]);
  if (/reject[^;]* (?:is )?fine too|clean reject/.test(why)) allowed.add('reject');
  if (/download-only is fine too|clean reject or download-only/.test(why)) {
    allowed.add('accept-as-download-only');
  }
  if (
    /other sane choice|first-frame-only is fine too|render it|partial or reject|partial transcode or reject/.test(
      why,
    )
  ) {
    allowed.add('accept').add('reject');
  }
  // Rasterised, attached, sanitised or rejected: each is named as right for some drawing or document.
  if (expected === 'accept-as-download-only') allowed.add('accept').add('reject');
  return allowed;
}

(present ? describe : describe.skip)('the development corpus (needs the shared corpus)', () => {
  let server: ServerProcess;
  let client: MediaClient;
  let canary: Server;
  let canaryHits = 0;

  beforeAll(async () => {
    canary = createServer((socket) => {
      canaryHits += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => {
      canary.once('error', () => resolve()).listen(18_080, '127.0.0.1', resolve);
    });
    server = await startServer({
      // The policy that refuses four minutes of 4K60 and 8192² frames; and speed over quality.
      env: {
        VIDEO_MAX_PIXELS: '4000000',
        VIDEO_PRESET: 'ultrafast',
        VIDEO_LADDER: '240p:400k',
        RATE_LIMIT_PER_MINUTE: '0',
        IMAGE_JXL: 'true',
      },
    });
    client = new MediaClient({ url: server.url, bearer: `Bearer ${server.token}` });
  });
  afterAll(async () => {
    await server?.stop();
    canary?.close();
  });

  const request = (path: string, init: RequestInit = {}): Promise<Response> => client.request(path, init);

  async function submit(path: string): Promise<Result> {
    const form = new FormData();
    const type = declaredTypes[extname(path)] ?? 'application/octet-stream';
    form.set('file', new Blob([readFileSync(join(corpus, path))], { type }), basename(path));
    const response = await request('/v1/media', { method: 'POST', body: form });
    if (response.status !== 201) {
      const { code } = (await response.json()) as { code: string };
      return { outcome: 'reject', detail: `${response.status} ${code}`, media: null };
    }
    const { id } = (await response.json()) as Media;
    const media = await untilSettled(id);
    if (media.status !== 'ready')
      return { outcome: 'reject', detail: `${media.status} ${media.failure?.code}`, media };
    const hasPictures = media.kind === 'audio' || (await variantsOf(id)).length > 0;
    return { outcome: hasPictures ? 'accept' : 'accept-as-download-only', detail: media.status, media };
  }

  async function untilSettled(id: string): Promise<Media> {
    for (;;) {
      const media = (await (await request(`/v1/media/${id}`)).json()) as Media;
      if (['ready', 'failed', 'quarantined'].includes(media.status)) return media;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async function variantsOf(id: string): Promise<{ kind: string; url: string }[]> {
    return (
      (await (await request(`/v1/media/${id}/variants`)).json()) as { items: { kind: string; url: string }[] }
    ).items;
  }

  const rows = present ? readManifest() : [];
  it.each(rows.map((row) => [row.path, row] as const))(
    '%s has the outcome that the manifest names',
    async (_path, row) => {
      const { outcome, detail, media } = await submit(row.path);
      expect([...allowedOutcomes(row), detail]).toContain(outcome);
      if (media?.status !== 'ready') return;
      for (const { kind, url } of await variantsOf(media.id)) {
        const bytes = Buffer.from(await (await request(url)).arrayBuffer());
        expect(bytes.length).toBeGreaterThan(0);
        const text = bytes.toString('latin1');
        // Nothing of the original's metadata, of appended data or of other files of this machine.
        for (const trace of ['CANARY', '<?php', '<script', 'root:x:0:0', 'Exif\0\0']) {
          expect({ kind, url, trace, found: text.includes(trace) }).toMatchObject({ found: false });
        }
      }
      const stream = await request(`/v1/media/${media.id}/stream`);
      expect(stream.headers.get('x-content-type-options')).toBe('nosniff');
      expect(stream.headers.get('content-security-policy')).toBe('sandbox');
      if (extname(row.path) === '.svg')
        expect(stream.headers.get('content-disposition')).toMatch(/^attachment/);
      await stream.body?.cancel();
    },
    600_000,
  );

  it('shows all eight orientations the same way up', async () => {
    const sizes = await Promise.all(
      [1, 2, 3, 4, 5, 6, 7, 8].map(async (orientation) => {
        const { media } = await submit(`images/orient/landscape-${orientation}.jpg`);
        return [media?.width, media?.height];
      }),
    );
    expect(new Set(sizes.map(String))).toEqual(new Set(['600,400']));
  });

  it('made no request of its own, ran nothing and left the service alive', async () => {
    expect(canaryHits).toBe(0);
    const traces = (await readdir('/tmp')).filter(
      (name) => name.startsWith('media-corpus-canary') || name === 'vakzz',
    );
    expect(traces).toEqual([]);
    expect((await request('/health/ready')).status).toBe(200);
  });

  it('stores no name that a client has given', async () => {
    const keys = await readdir(join(server.dataDir, 'objects'), { recursive: true });
    const names = new Set(rows.map(({ path }) => basename(path)));
    expect(keys.filter((key) => names.has(basename(key)))).toEqual([]);
  });
});
