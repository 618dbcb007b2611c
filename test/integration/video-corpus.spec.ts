import { existsSync, globSync, readFileSync } from 'node:fs';
import { mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { DomainError } from '../../src/common/index.js';
import { AudioProcessor } from '../../src/processing/audio/index.js';
import { MediaTools } from '../../src/processing/ffmpeg/index.js';
import { isFilm, VideoProcessor } from '../../src/processing/video/index.js';
import { SNIFF_BYTES, sniffContentType } from '../../src/security/index.js';
import { brightness, decodeFrame, joinRendition } from '../support/decode.js';
import { filmSettings, makeFilm } from '../support/film.js';
import { lintHls } from '../support/hls-lint.js';
import { openTestTools } from '../support/media-tools.js';

const corpus = resolve(process.env['MEDIA_CORPUS'] ?? join(import.meta.dirname, '../../../shared/corpus'));
const manifest = join(corpus, 'MANIFEST.tsv');
const maxMilliseconds = 30_000;
const canaryPort = 18_080;

const settings = {
  ...filmSettings,
  ladder: [{ shortSide: 144, bitrateKbps: 300 }],
  maxPixels: 3840 * 2160,
  maxDurationSeconds: 4 * 3600,
  timeoutSeconds: 120,
};

type Outcome = 'accept' | 'reject' | 'accept-as-download-only';

interface Row {
  path: string;
  kind: string;
  allowed: Outcome[];
}

const mediaFile = /\.(?:mp4|mov|mkv|webm|avi|flac|mp3|m3u8|mpd|ffconcat|vtt)$/;
/** The reference, an old ffmpeg, does not mirror; a fixture of ours is compared instead, see video-processing.spec. */
const isMirrored = (path: string) => path.endsWith('rotate-and-reflect.mp4');
/** Minutes of film: probed here; that they can be started and stopped is tested below. */
const isLong = (path: string) => path.startsWith('video/long-');

function readRows(): Row[] {
  if (!existsSync(manifest)) return [];
  const lines = readFileSync(manifest, 'utf8').trim().split('\n').slice(1);
  return lines
    .map((line) => line.split('\t'))
    .filter(([path = '', kind = '']) => /^(?:video|audio)$/.test(kind) || mediaFile.test(path))
    .map(([path = '', kind = '', , , , expected, why = '']) => ({
      path,
      kind,
      allowed: [
        expected as Outcome,
        ...(/reject (?:by policy )?is fine|or reject/.test(why) ? ['reject' as const] : []),
      ],
    }));
}

/** Pearson's correlation of two pictures: 1 for the same one, about 0 for one that is turned; 1 for two flat ones. */
function likeness(first: Buffer = Buffer.alloc(0), second: Buffer = Buffer.alloc(0)): number {
  const [a, b] = [[...first], [...second]];
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  const product = (x: readonly number[], mx: number, y: readonly number[], my: number) =>
    x.reduce((sum, value, at) => sum + (value - mx) * ((y[at] ?? 0) - my), 0);
  const [varianceA, varianceB] = [product(a, meanA, a, meanA), product(b, meanB, b, meanB)];
  if (varianceA < a.length && varianceB < b.length) return 1;
  return product(a, meanA, b, meanB) / Math.sqrt(varianceA * varianceB);
}

async function sniff(path: string): Promise<string | null> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(SNIFF_BYTES), 0, SNIFF_BYTES, 0);
    return (await sniffContentType(buffer.subarray(0, bytesRead)))?.contentType ?? null;
  } finally {
    await file.close();
  }
}

const rows = readRows();
const describeCorpus = rows.length > 0 ? describe : describe.skip;

describeCorpus('video and audio corpus (needs MEDIA_CORPUS or ../shared/corpus)', () => {
  let root: string;
  let tools: MediaTools;
  let server: Server;
  const requests: string[] = [];

  beforeAll(async () => {
    tools = await openTestTools();
    root = await mkdtemp(join(tmpdir(), 'video-corpus-'));
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

  /** What the pipeline does with a file, and the directory where it put what it made. */
  async function take(path: string, contentType: string | null): Promise<{ outcome: Outcome; made: string }> {
    const made = await mkdtemp(join(root, 'row-'));
    if (contentType === null || !/^(?:video|audio)\//.test(contentType)) return { outcome: 'reject', made };
    try {
      await makeAll(join(corpus, path), { contentType, made, transcoded: !isLong(path) });
      return { outcome: 'accept', made };
    } catch (error) {
      // Anything without a code and a 422 is a fault of ours.
      if (error instanceof DomainError && error.status === 422) return { outcome: 'reject', made };
      throw error;
    }
  }

  async function makeAll(
    path: string,
    { contentType, made, transcoded }: { contentType: string; made: string; transcoded: boolean },
  ): Promise<void> {
    const audio = () => new AudioProcessor(tools, settings).process({ path, contentType, outDir: made });
    if (contentType.startsWith('audio/')) {
      await audio();
      return;
    }
    const processor = new VideoProcessor(tools, settings);
    const probe = await processor.probe({ path, contentType, workDir: made });
    if (!isFilm(probe)) {
      await audio();
      return;
    }
    if (!transcoded) return;
    const { hlsDir, posterPath, metadata, plan, damaged } = await makeFilm(tools, {
      probe,
      outDir: made,
      settings,
    });
    expect(JSON.stringify(metadata)).not.toMatch(/CANARY|location/i);
    const { width, height } = await sharp(posterPath).metadata();
    expect([width, height]).toEqual([probe.video.width, probe.video.height]);
    const rendition = await joinRendition(hlsDir, plan.rungs[0]?.name ?? '');
    const frames = (await brightness(rendition)).length;
    if (!damaged) {
      const rate = plan.frameRate.num / plan.frameRate.den;
      expect(Math.abs(frames / rate - probe.durationMs / 1000)).toBeLessThanOrEqual(1 / rate + 0.001);
    }
    if (path.startsWith(join(corpus, 'video/')) && !isMirrored(path))
      await expectSamePicture(rendition, path);
    const departures = await lintHls(hlsDir);
    // Of a damaged track less can be decoded than its packets promise.
    expect(departures.filter((line) => !damaged || !line.startsWith('same-length'))).toEqual([]);
  }

  /** The first picture, as another player shows the source: in gray, for tone mapping changes colours. */
  async function expectSamePicture(rendition: string, source: string): Promise<void> {
    const [made, shown] = await Promise.all(
      [rendition, source].map(async (file) => {
        const small = sharp(await decodeFrame(file))
          .resize(32, 18, { fit: 'fill' })
          .removeAlpha()
          .grayscale();
        return small.raw().toBuffer();
      }),
    );
    expect(likeness(made, shown)).toBeGreaterThan(0.9);
  }

  it.each(rows.map(({ path, allowed }) => [path, allowed.join(' or '), allowed] as const))(
    '%s: %s',
    async (path, _, allowed) => {
      const start = performance.now();
      const { outcome, made } = await take(path, await sniff(join(corpus, path)));
      expect(performance.now() - start).toBeLessThan(maxMilliseconds);
      expect(allowed).toContain(outcome);
      await expectClean(made);
    },
  );

  async function expectClean(directory: string): Promise<void> {
    const files = await readdir(directory, { recursive: true, withFileTypes: true });
    for (const file of files.filter((entry) => entry.isFile() && entry.name !== 'cover')) {
      const text = await readFile(join(file.parentPath, file.name), 'latin1');
      expect(text).not.toMatch(/CANARY|media-corpus|root:x:|<script|\+\d+\.\d{4}[+-]\d+\.\d{4}/);
    }
  }

  const playlists = rows.filter(({ path }) => /hls|concat|dash|gab2|dref/.test(path)).map(({ path }) => path);
  it.each(playlists)('refuses %s also when it was taken for a real container', async (path) => {
    for (const contentType of ['video/mp4', 'video/x-msvideo', 'video/mp2t', 'audio/mpeg']) {
      const { outcome, made } = await take(path, contentType);
      expect(outcome).toBe('reject');
      await expectClean(made);
    }
  });

  it('reports the progress of a long film, and ends it on abort', async () => {
    const made = await mkdtemp(join(root, 'long-'));
    const processor = new VideoProcessor(tools, settings);
    const path = join(corpus, 'video/long-6min-1080p-lowbitrate.mp4');
    const probe = await processor.probe({ path, contentType: 'video/mp4', workDir: made });
    if (!isFilm(probe)) throw new Error('no pictures were found');
    const controller = new AbortController();
    const seen: number[] = [];
    const onFrames = (frames: number) => {
      seen.push(frames);
      if (frames > 0) controller.abort('enough');
    };
    const running = makeFilm(tools, { probe, outDir: made, settings, onFrames, signal: controller.signal });
    await expect(running).rejects.toBe('enough');
    expect(seen.at(-1)).toBeLessThan(processor.plan(probe).frames / 2);
  });

  // Last: it judges what the rows above set off.
  it('fetched nothing and wrote nothing outside', () => {
    expect(requests).toEqual([]);
    expect(globSync('/tmp/{media-corpus-canary-dev-*,vakzz}')).toEqual([]);
  });
});
