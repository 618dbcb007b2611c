import { existsSync, globSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fileTypeFromFile } from 'file-type';
import sharp from 'sharp';
import { DomainError } from '../../src/common/index.js';
import {
  type Derivative,
  type ImageInspection,
  inspectImage,
  makeDerivatives,
  MasterMaker,
} from '../../src/processing/image/index.js';
import { colourDistance, fieldMeans, meanDifference, readPixels } from '../support/pixels.js';

const corpus = resolve(process.env['MEDIA_CORPUS'] ?? join(import.meta.dirname, '../../../shared/corpus'));
const manifest = join(corpus, 'MANIFEST.tsv');
/** The defaults, and JPEG XL as well. */
const limits = { maxPixels: 50_000_000, maxFrames: 256, timeoutSeconds: 30, jxl: true };
const maxMilliseconds = 20_000;
const canaryPort = 18_080;

type Outcome = 'accept' | 'reject' | 'accept-as-download-only';

interface Row {
  path: string;
  allowed: Outcome[];
}

/** Rows with pictures; the outcomes that a note calls fine pass as well. */
function readRows(): Row[] {
  if (!existsSync(manifest)) return [];
  const lines = readFileSync(manifest, 'utf8').trim().split('\n').slice(1);
  return lines
    .map((line) => line.split('\t'))
    .filter(
      ([path = '', kind]) =>
        kind === 'image' || /^hostile\/.*\.(?:jpe?g|png|gif|webp|avif|tif|svg|bmp|ico)$/.test(path),
    )
    .map(([path = '', , , , , expected, why = '']) => ({
      path,
      allowed: allowedOutcomes(expected as Outcome, why),
    }));
}

function allowedOutcomes(expected: Outcome, why: string): Outcome[] {
  const also: Outcome[] = [];
  if (/reject\b.*fine too|render it; reject|crash; reject/.test(why)) also.push('reject');
  // Of a drawing a picture may be made, as long as the drawing itself goes out as an attachment.
  if (/rasterise|SVG|drawing|accept if decoder present|JPEG XL/.test(why) && expected !== 'reject')
    also.push('accept');
  if (why.includes('first-frame-only is fine too')) also.push('accept');
  return [expected, ...also];
}

/** Stands in for the sniffing step: file-type, and XML that has an SVG root. */
async function sniff(path: string): Promise<string> {
  const mime = (await fileTypeFromFile(path))?.mime;
  if (mime !== undefined && mime !== 'application/xml') return mime;
  return /<svg[\s>]/.test((await readFile(path, 'latin1')).slice(0, 4096)) ? 'image/svg+xml' : 'text/plain';
}

async function sourceOf(path: string, inspected: ImageInspection, workDir: string) {
  if (inspected.way === 'download') return null;
  if (inspected.way === 'direct') return { path, metadata: inspected.metadata };
  const masters = await MasterMaker.open({ ...limits, decoders: 1 });
  const made = await masters.make({ path, header: inspected.header, workDir });
  return made && { path: made.master.path, metadata: made.metadata };
}

async function take(path: string, workDir: string): Promise<{ outcome: Outcome; derivatives: Derivative[] }> {
  const contentType = await sniff(path);
  if (!/^image\/|^application\/pdf$/.test(contentType)) return { outcome: 'reject', derivatives: [] };
  try {
    const inspected = await inspectImage(path, contentType, limits);
    const source = await sourceOf(path, inspected, workDir);
    if (!source) return { outcome: 'accept-as-download-only', derivatives: [] };
    const optimized = { metadata: source.metadata, maxSide: 2560 };
    const { derivatives } = await makeDerivatives(source.path, { workDir, limits, optimized });
    return { outcome: 'accept', derivatives };
  } catch (error) {
    // Anything without a code and a 422 is a fault of ours.
    if (error instanceof DomainError && error.status === 422) return { outcome: 'reject', derivatives: [] };
    throw error;
  }
}

const rows = readRows();
const describeCorpus = rows.length > 0 ? describe : describe.skip;

describeCorpus(`image corpus (needs MEDIA_CORPUS or ../shared/corpus)`, () => {
  let root: string;
  let server: Server;
  const requests: string[] = [];

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'image-corpus-'));
    server = createServer((request, response) => {
      requests.push(request.url ?? '');
      response.end();
    });
    await new Promise<void>((done, fail) => {
      // Where the port is taken, another suite is listening for the same canaries.
      server.on('error', (error: NodeJS.ErrnoException) =>
        error.code === 'EADDRINUSE' ? done() : fail(error),
      );
      server.listen(canaryPort, '127.0.0.1', () => done());
    });
  });
  afterAll(async () => {
    if (server.listening) await new Promise((done) => server.close(done));
    await rm(root, { recursive: true });
  });

  it.each(rows.map(({ path, allowed }) => [path, allowed.join(' or '), allowed] as const))(
    '%s: %s',
    async (path, _, allowed) => {
      const workDir = await mkdtemp(join(root, 'row-'));
      const start = performance.now();
      const { outcome, derivatives } = await take(join(corpus, path), workDir);
      expect(performance.now() - start).toBeLessThan(maxMilliseconds);
      expect(allowed).toContain(outcome);
      for (const derivative of derivatives) await expectClean(derivative);
    },
  );

  async function expectClean({ path, width, height }: Derivative): Promise<void> {
    expect(Math.min(width, height)).toBeGreaterThanOrEqual(1);
    const bytes = await readFile(path);
    expect(bytes.toString('latin1')).not.toMatch(
      /CANARY|media-corpus|<\?php|<script|\/etc\/passwd|root:x:|ftypmp4/i,
    );
    const { exif, icc, xmp, iptc, orientation, comments, space, depth } = await sharp(bytes).metadata();
    expect({ exif, icc, xmp, iptc, orientation, comments }).toEqual({});
    expect([space, depth]).toEqual(['srgb', 'uchar']);
  }

  const upright = rows.map(({ path }) => path).filter((path) => /orient\/landscape-\d\.jpg$/.test(path));
  it.each(upright)('shows %s as it shows landscape-1', async (path) => {
    const [one, other] = await Promise.all(
      ['images/orient/landscape-1.jpg', path].map(async (name) => {
        const workDir = await mkdtemp(join(root, 'upright-'));
        const { derivatives } = await take(join(corpus, name), workDir);
        return readPixels(derivatives.find((made) => made.name === 'thumbnail-medium')?.path ?? '');
      }),
    );
    if (!one || !other) throw new Error('no thumbnail was made');
    expect(meanDifference(other, one)).toBeLessThan(12);
  });

  /**
   * Mean colours of a grid of four by three fields, by another decoder and colour engine: Pillow 13 with LittleCMS, and
   * libheif by pillow-heif 1.8, converted to sRGB by the embedded profile, relative colorimetric.
   */
  const references: Record<string, number[][]> = {
    'images/cmyk-swop-icc.jpg': [
      [113, 113, 111, 124, 124, 121, 103, 105, 103, 121, 124, 123],
      [110, 121, 91, 107, 120, 95, 96, 100, 95, 128, 134, 114],
      [119, 130, 100, 119, 130, 117, 127, 129, 128, 185, 185, 185],
    ],
    'images/icc-display-p3-gainmap.jpg': [
      [106, 163, 209, 118, 152, 184, 127, 165, 200, 115, 175, 222],
      [163, 156, 149, 149, 152, 159, 164, 161, 159, 167, 165, 162],
      [63, 61, 47, 61, 60, 45, 62, 67, 41, 95, 93, 82],
    ],
    'images/heic-iphone-p3.heic': [
      [116, 128, 137, 99, 124, 146, 53, 66, 76, 82, 100, 115],
      [62, 79, 85, 65, 87, 94, 58, 66, 66, 33, 48, 56],
      [97, 98, 84, 68, 76, 73, 89, 92, 85, 55, 66, 71],
    ],
  };
  it.each(Object.entries(references))(
    'shows %s in the colours that another converter finds',
    async (path, wanted) => {
      const { derivatives } = await take(join(corpus, path), await mkdtemp(join(root, 'colours-')));
      const thumbnail = derivatives.find(({ name }) => name === 'thumbnail-medium')?.path ?? '';
      const found = fieldMeans(await readPixels(thumbnail), 4, 3);
      expect(colourDistance(found, wanted.flat())).toBeLessThan(5);
    },
  );

  // Last: it judges what the rows above set off.
  it('fetched nothing and wrote nothing outside', () => {
    expect(requests).toEqual([]);
    expect(globSync('/tmp/{media-corpus-canary-dev-*,vakzz}')).toEqual([]);
  });
});
