import { parse } from 'content-disposition';
import { sanitizeFileName } from '../file-name.js';
import { importErrors } from './fetch-guard.errors.js';
import { headerText } from './header-text.js';

export type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** What an answer says of the file that follows. */
export interface ResponseHead {
  contentType: string | null;
  /** Null when the body ends with its last chunk or with the connection. */
  contentLength: number | null;
  filename: string | undefined;
}

/** Told to try again later: too many requests, too early, or the source's own fault. */
const temporary = new Set([408, 425, 429]);

/**
 * Checks that an answer has the file as it is, and reads what it says of it.
 * @throws IMPORT_SOURCE_UNAVAILABLE for a status that may pass: 5xx, 408, 425 and 429
 * @throws IMPORT_REFUSED_BY_SOURCE for every other status but 200 and 203
 * @throws IMPORT_RESPONSE_INVALID for a content or transfer coding but chunked, or a length that is no number
 */
export function readResponseHead(status: number, headers: ResponseHeaders, url: URL): ResponseHead {
  if (status >= 500 || temporary.has(status)) {
    throw importErrors.IMPORT_SOURCE_UNAVAILABLE(`The source answered ${status}`);
  }
  if (status !== 200 && status !== 203) {
    throw importErrors.IMPORT_REFUSED_BY_SOURCE(`The source answered ${status}`);
  }
  const contentCoding = all(headers['content-encoding']).join(',').trim().toLowerCase();
  const transferCoding = all(headers['transfer-encoding']).join(',').trim().toLowerCase();
  if (!['', 'identity'].includes(contentCoding) || !['', 'chunked'].includes(transferCoding)) {
    throw importErrors.IMPORT_RESPONSE_INVALID('The source sent the file in a coding that was not asked for');
  }
  return {
    contentType: all(headers['content-type'])[0]?.trim() || null,
    contentLength: contentLength(all(headers['content-length'])),
    filename: nameInHeader(all(headers['content-disposition'])[0]) ?? nameInPath(url),
  };
}

function contentLength([text, ...more]: readonly string[]): number | null {
  if (text === undefined) return null;
  const length = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (more.length > 0 || !Number.isSafeInteger(length)) throw importErrors.IMPORT_RESPONSE_INVALID();
  return length;
}

function nameInHeader(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const { filename } = parse(header).parameters;
  return filename === undefined ? undefined : named(headerText(filename));
}

/** The file name at the end of a URL's path. */
export function nameInPath(url: URL): string | undefined {
  const segment = url.pathname.slice(url.pathname.lastIndexOf('/') + 1);
  try {
    return named(decodeURIComponent(segment));
  } catch {
    return named(segment);
  }
}

function named(raw: string): string | undefined {
  return raw.trim() === '' ? undefined : sanitizeFileName(raw);
}

function all(value: string | string[] | undefined): readonly string[] {
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
}
