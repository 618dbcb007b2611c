import parseRange from 'range-parser';
import type { ByteRange } from '../storage/index.js';

/** What a client may ask conditions of (RFC 9110 section 8.8). */
export interface Validators {
  /** Strong, with its quotes. */
  entityTag: string;
  lastModified: Date;
}

export interface ConditionalHeaders {
  'if-none-match'?: string | undefined;
  'if-modified-since'?: string | undefined;
  'if-range'?: string | undefined;
  range?: string | undefined;
}

/** Whether the client has the representation already: 304 (RFC 9110 section 13.2.2, steps 3 and 4). */
export function isNotModified(headers: ConditionalHeaders, { entityTag, lastModified }: Validators): boolean {
  const ifNoneMatch = headers['if-none-match'];
  if (ifNoneMatch !== undefined) {
    // Weak comparison (section 13.1.2): the opaque tags alone count.
    return ifNoneMatch.split(',').some((tag) => ['*', entityTag].includes(tag.trim().replace(/^W\//, '')));
  }
  const since = Date.parse(headers['if-modified-since'] ?? '');
  return !Number.isNaN(since) && toSeconds(lastModified.getTime()) <= toSeconds(since);
}

export type RangeSelection =
  { kind: 'whole' } | { kind: 'part'; range: ByteRange } | { kind: 'unsatisfiable' };

/**
 * Which bytes to send (RFC 9110 section 14.2). Several ranges, other units and malformed headers are
 * ignored, as the RFC allows; so is a Range whose If-Range names another representation.
 */
export function selectRange(
  headers: ConditionalHeaders,
  size: number,
  validators: Validators,
): RangeSelection {
  if (headers.range === undefined || !ifRangeHolds(headers['if-range'], validators)) return { kind: 'whole' };
  const ranges = parseRange(size, clampSuffix(headers.range, size), { combine: true });
  if (ranges === -1) return { kind: 'unsatisfiable' };
  const [first] = ranges === -2 ? [] : ranges;
  if (ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1 || !first) return { kind: 'whole' };
  return { kind: 'part', range: { start: first.start, end: first.end } };
}

/** A suffix longer than the file is the whole file (section 14.1.2); range-parser finds it unsatisfiable. */
function clampSuffix(range: string, size: number): string {
  return range.replace(
    /([=,]\s*)-\s*(\d+)/g,
    (_match, before: string, length: string) => `${before}-${Math.min(Number(length), size)}`,
  );
}

/** If-Range (section 13.1.5): a strong entity tag, or exactly the date of the last modification. */
function ifRangeHolds(ifRange: string | undefined, { entityTag, lastModified }: Validators): boolean {
  if (ifRange === undefined) return true;
  if (ifRange.includes('"')) return ifRange.trim() === entityTag;
  return toSeconds(Date.parse(ifRange)) === toSeconds(lastModified.getTime());
}

/** HTTP dates have no fractions. */
function toSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}
