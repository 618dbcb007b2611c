import { create } from 'content-disposition';

/** Longest file name that common file systems take (NAME_MAX), in UTF-8 bytes. */
const MAX_NAME_BYTES = 255;
const MAX_EXTENSION_BYTES = 32;
const FALLBACK = 'unnamed';

/** Controls, lone surrogates, line and paragraph separators, and what turns the direction of writing. */
const forbidden = /[\p{Cc}\p{Cs}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f]/gu;

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

/**
 * A name to show and to send, never to open: any script, NFC, at most 255 bytes, without a path, without
 * characters that break a header, a log line or the order of reading. Never empty; the same when applied again.
 */
export function sanitizeFileName(raw: string | undefined): string {
  const clean = (raw ?? '').replaceAll(forbidden, '').normalize('NFC');
  const name = trim(clean.slice(Math.max(clean.lastIndexOf('/'), clean.lastIndexOf('\\')) + 1));
  return (bytes(name) > MAX_NAME_BYTES ? shorten(name) : name) || FALLBACK;
}

/** A Content-Disposition header (RFC 6266, RFC 8187) for a file name in any script. */
export function contentDisposition(type: 'inline' | 'attachment', filename: string): string {
  return create(sanitizeFileName(filename), { type });
}

/** Spaces at both ends and dots at the end, which Windows drops, go. Linear, unlike an anchored expression. */
function trim(name: string): string {
  const start = name.trimStart();
  let end = start.length;
  while (end > 0 && /[\s.]/.test(start.charAt(end - 1))) end -= 1;
  return start.slice(0, end);
}

function shorten(name: string): string {
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 ? name.slice(dot) : '';
  if (extension === '' || bytes(extension) > MAX_EXTENSION_BYTES) return trim(cut(name, MAX_NAME_BYTES));
  return (cut(name.slice(0, dot), MAX_NAME_BYTES - bytes(extension)) || FALLBACK) + extension;
}

/** As many whole graphemes as fit. */
function cut(text: string, maxBytes: number): string {
  let kept = '';
  let size = 0;
  for (const { segment } of graphemes.segment(text)) {
    size += bytes(segment);
    if (size > maxBytes) break;
    kept += segment;
  }
  return kept;
}

function bytes(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}
