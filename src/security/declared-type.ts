import { securityErrors } from './security.errors.js';
import { isTypeOfName } from './sniff/extension-types.js';
import { canonicalType } from './sniff/media-types.js';
import type { SniffResult } from './sniff/sniff-content-type.js';

export interface ContentClaim {
  sniffed: SniffResult | null;
  /** The client's Content-Type, as it came. */
  declared?: string | undefined;
  filename?: string | undefined;
}

/** Containers of sound and moving pictures alike: only a probe can tell which a file is. */
const sharedContainer = /^(?:audio|video)\/(mp4|webm|ogg|3gpp|quicktime|x-matroska)$/;

/** Formats that are a plain ZIP, compound file or text to whoever sees no more than their beginning. */
const wrapped: Readonly<Record<string, RegExp>> = {
  'application/zip': /^application\/(?:vnd\.|epub\+zip$|java-archive$|x-.*zip)/,
  'application/x-cfb': /^application\/(?:msword$|vnd\.ms-)/,
  'text/plain': /^(?:text\/|application\/(?:json|javascript|x-subrip|x-sh|.*\+json)$)/,
  'application/xml': /^application\/.*\+xml$/,
};

/**
 * The type of an upload: what was found in its bytes, unless that contradicts what the client declared.
 * A declared type that says no more than the file name does is a guess, and the content outvotes it
 * among pictures, films or sounds: an iPhone's HEIC called .jpg comes in as image/heic.
 * @throws UNSUPPORTED_MEDIA_TYPE when the content is not known
 * @throws CONTENT_TYPE_MISMATCH
 */
export function resolveContentType({ sniffed, declared = '', filename = '' }: ContentClaim): SniffResult {
  if (!sniffed) throw securityErrors.UNSUPPORTED_MEDIA_TYPE('The content is of no known type');
  const claim = canonicalType(declared);
  if (claim === '' || claim === 'application/octet-stream' || claim === sniffed.contentType) return sniffed;
  if (wrapped[sniffed.contentType]?.test(claim)) return sniffed;
  const container = sharedContainer.exec(claim)?.[1];
  const sniffedContainer = sharedContainer.exec(sniffed.contentType)?.[1];
  if (container !== undefined && container === sniffedContainer) return sniffed;
  const bothShared = container !== undefined && sniffedContainer !== undefined;
  if ((bothShared || sameFamily(claim, sniffed.contentType)) && isTypeOfName(claim, filename)) {
    return sniffed;
  }
  throw securityErrors.CONTENT_TYPE_MISMATCH(`The content is ${sniffed.contentType}, not what was declared`);
}

/**
 * Whether a canonical type is on a list of types and `kind/*` wildcards.
 */
export function isAllowedType(contentType: string, allowed: readonly string[]): boolean {
  const [top] = contentType.split('/', 1);
  return allowed.some((entry) => {
    const pattern = entry.trim().toLowerCase();
    return pattern === '*/*' || pattern === `${top}/*` || canonicalType(pattern) === contentType;
  });
}

/** @throws UNSUPPORTED_MEDIA_TYPE */
export function assertAllowedType(contentType: string, allowed: readonly string[]): void {
  if (isAllowedType(contentType, allowed)) return;
  throw securityErrors.UNSUPPORTED_MEDIA_TYPE(`Content of type ${contentType} is not accepted`);
}

const inlineImages = new Set(
  ['jpeg', 'png', 'gif', 'webp', 'avif', 'heic', 'heif', 'jxl', 'bmp', 'tiff', 'x-icon'].map(
    (name) => `image/${name}`,
  ),
);

/**
 * Whether a browser may show content of this type in a page of the service's origin. All that it could
 * run or that could fetch (SVG, HTML, XML, PDF, scripts, playlists), and all that is not known, may not.
 */
export function isInlineSafe(contentType: string): boolean {
  const type = canonicalType(contentType);
  return inlineImages.has(type) || /^(?:audio|video)\/[a-z0-9][a-z0-9.-]*$/.test(type);
}

/** Pictures, films and sounds; among documents a wrong name is no innocent guess. RAW counts as picture here. */
function sameFamily(claim: string, contentType: string): boolean {
  const [family = ''] = claim.split('/', 1);
  return ['image', 'video', 'audio'].includes(family) && contentType.startsWith(`${family}/`);
}
