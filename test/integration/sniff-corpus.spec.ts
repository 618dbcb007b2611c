import { existsSync, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { uploadsConfig } from '../../src/config/index.js';
import {
  isAllowedType,
  isInlineSafe,
  resolveContentType,
  SNIFF_BYTES,
  sniffContentType,
} from '../../src/security/index.js';

const corpus = resolve(process.env.MEDIA_CORPUS ?? '../shared/corpus');
const manifest = join(corpus, 'MANIFEST.tsv');
const rows = existsSync(manifest)
  ? readFileSync(manifest, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split('\t'))
      .map(([path = '', kind = '', , , , expected = '']) => ({ path, kind, expected }))
  : [];
const allowed = uploadsConfig.read({}, []).allowedTypes;
const withCorpus = rows.length > 0 ? describe : describe.skip;

async function sniff(path: string) {
  await using file = await open(join(corpus, path));
  const head = Buffer.alloc(SNIFF_BYTES);
  const { bytesRead } = await file.read(head, 0, SNIFF_BYTES, 0);
  return await sniffContentType(head.subarray(0, bytesRead));
}

/** Sound in a 3GPP file is video until it is probed. */
const kindExceptions: Readonly<Record<string, string>> = {
  'audio/amr.3gp': 'video',
  'images/doc.pdf': 'document',
};

/** Hostile files that must end at the type check, and as what. */
const refused: Readonly<Record<string, string | null>> = {
  'hostile/corrupt.png': null,
  'hostile/corrupt.mkv': null,
  'hostile/heapbof.png': null,
  'hostile/magic-only.png': null,
  'hostile/mp3-garbage-prefix.mp3': null,
  'hostile/djvu-exiftool-cve-2021-22204.jpg': null,
  'hostile/zero.jpg': null,
  'hostile/zero.mp4': null,
  'hostile/one-byte.jpg': null,
  'hostile/text-as.jpg': 'text/plain',
  'hostile/html-as.png': 'text/html',
  'hostile/xhtml-as.svg': 'application/xhtml+xml',
  'hostile/sniff-gif89a-html.gif': 'text/plain',
  'hostile/script-as.jpg': 'text/plain',
  'hostile/mz-as.mp4': 'application/x-msdownload',
  'hostile/mvg-as.jpg': 'text/plain',
  'hostile/ps-as.jpg': 'application/postscript',
  'hostile/hls-file-read.m3u8': 'application/vnd.apple.mpegurl',
  'hostile/hls-http-as.mp4': 'application/vnd.apple.mpegurl',
  'hostile/hls-concat-exfil.mp4': 'application/vnd.apple.mpegurl',
  'hostile/hls-key-http.m3u8': 'application/vnd.apple.mpegurl',
  'hostile/ffconcat.ffconcat': 'text/plain',
  'hostile/ffconcat-as.mp4': 'text/plain',
  'hostile/dash-http-as.mp4': 'application/dash+xml',
  'hostile/dash-xxe.mpd': 'application/dash+xml',
  'hostile/subs-xss.vtt': 'text/vtt',
};

withCorpus('content sniffing on the development corpus (needs the shared corpus, MEDIA_CORPUS)', () => {
  it.each(rows.filter(({ kind }) => kind !== 'hostile'))(
    'sees $path as $kind of an allowed type',
    async ({ path, kind }) => {
      const sniffed = await sniff(path);
      expect(sniffed?.kind).toBe(kindExceptions[path] ?? kind);
      expect(isAllowedType(sniffed?.contentType ?? '', allowed)).toBe(true);
    },
  );

  it.each(Object.entries(refused))('refuses %s, which is %s', async (path, contentType) => {
    const sniffed = await sniff(path);
    expect(sniffed?.contentType ?? null).toBe(contentType);
    expect(isAllowedType(sniffed?.contentType ?? '', allowed)).toBe(false);
  });

  it.each(rows.filter(({ path, expected }) => expected.startsWith('accept') && path.startsWith('hostile/')))(
    'lets $path in',
    async ({ path }) => {
      const sniffed = await sniff(path);
      expect(isAllowedType(sniffed?.contentType ?? '', allowed)).toBe(true);
    },
  );

  it.each(rows.filter(({ path }) => path.endsWith('.svg') && !path.includes('xhtml')))(
    'never shows $path inline',
    async ({ path }) => {
      const sniffed = await sniff(path);
      expect(sniffed).toEqual({ contentType: 'image/svg+xml', kind: 'image' });
      expect(isInlineSafe(sniffed?.contentType ?? '')).toBe(false);
    },
  );

  it.each([
    ['images/mislabel-png-as.jpg', 'image/jpeg', 'image/png'],
    ['images/mislabel-heic-as.jpg', 'image/jpeg', 'image/heic'],
    ['images/jpeg-named.nef', 'image/x-nikon-nef', 'image/jpeg'],
    ['video/mislabel-mov-as.mp4', 'video/mp4', 'video/quicktime'],
    ['audio/amr.3gp', 'audio/3gpp', 'video/3gpp'],
  ])('takes %s, declared %s for its name, as %s', async (path, declared, contentType) => {
    const sniffed = await sniff(path);
    expect(resolveContentType({ sniffed, declared, filename: path }).contentType).toBe(contentType);
  });
});
