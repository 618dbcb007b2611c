import { createHmac, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { canonicalResource } from './canonical-resource.js';
import { securityErrors } from './security.errors.js';

/** The keys of signed URLs. After a rotation the previous one goes on verifying; it never signs. */
export abstract class UrlSigningKeys {
  abstract readonly current: string;
  abstract readonly previous: string | null;
}

export interface SignRequest {
  /** Path and query of the resource; for a prefix a path that ends in a slash, without a query. */
  resource: string;
  /** Just this resource with this query, or everything below the path with any query. */
  scope: 'exact' | 'prefix';
  /** Unix time, for example from `roundedExpiry`. */
  expiresAtSeconds: number;
}

interface Key {
  id: Buffer;
  secret: Buffer;
}

const VERSION = 1;
const ID_BYTES = 4;
/** Version, depth, expiry (48 bits), key id. */
const HEADER_BYTES = 8 + ID_BYTES;
const TOKEN_BYTES = HEADER_BYTES + 32;
const tokenPattern = /^[A-Za-z0-9_-]{59}$/;

/**
 * Signs paths with HMAC-SHA256. A token is 59 characters that need no escaping in a path; it names the
 * scope, the expiry and the key, and is the same for the same request. The depth in it is 0 for an exact
 * resource, else the number of slashes of the prefix, so that the prefix can be found in any path below.
 */
@Injectable()
export class UrlSigner {
  private readonly signing: Key;
  private readonly keys: readonly Key[];

  constructor(keys: UrlSigningKeys) {
    this.signing = deriveKey(keys.current);
    this.keys = keys.previous === null ? [this.signing] : [this.signing, deriveKey(keys.previous)];
  }

  /** @throws SIGNATURE_INVALID when the resource has no canonical spelling (see `canonicalResource`) or is no prefix */
  sign({ resource, scope, expiresAtSeconds }: SignRequest): string {
    const canonical = canonicalResource(resource);
    const depth = scope === 'exact' ? 0 : slashes(canonical);
    if (
      scope === 'prefix' &&
      (!canonical.endsWith('/') || canonical.includes('?') || depth < 2 || depth > 255)
    ) {
      throw securityErrors.SIGNATURE_INVALID('A prefix is a path that ends in a slash');
    }
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt8(VERSION, 0);
    header.writeUInt8(depth, 1);
    header.writeUIntBE(expiresAtSeconds, 2, 6);
    this.signing.id.copy(header, 8);
    return Buffer.concat([header, mac(this.signing, header, canonical)]).toString('base64url');
  }

  /**
   * Checks that a token opens a path and query now.
   * @throws SIGNATURE_INVALID
   * @throws SIGNATURE_EXPIRED only for a token that was valid once
   */
  verify(token: string, resource: string, nowMs: number = Date.now()): { expiresAt: Date } {
    const bytes = Buffer.from(tokenPattern.test(token) ? token : '', 'base64url');
    // The last character has bits that decoding drops: one token, one spelling.
    if (bytes.length !== TOKEN_BYTES || bytes.toString('base64url') !== token) throw invalid();
    const header = bytes.subarray(0, HEADER_BYTES);
    const key = this.keys.find(({ id }) => id.equals(header.subarray(8)));
    if (header.readUInt8(0) !== VERSION || !key) throw invalid();
    const expected = mac(key, header, coveredBy(header.readUInt8(1), canonicalResource(resource)));
    if (!timingSafeEqual(bytes.subarray(HEADER_BYTES), expected)) throw invalid();
    const expiresAt = new Date(header.readUIntBE(2, 6) * 1000);
    if (expiresAt.getTime() <= nowMs) throw securityErrors.SIGNATURE_EXPIRED();
    return { expiresAt };
  }
}

/**
 * When a signed URL made now should end, so that it lives at least as long as asked and all that are
 * asked for within a window (a quarter of the life, between a minute and an hour) are equal: a cache in
 * front then keeps one copy. At most one window later than asked.
 */
export function roundedExpiry(nowSeconds: number, expiresInSeconds: number): number {
  const window = Math.min(3600, Math.max(60, Math.floor(expiresInSeconds / 4)));
  return Math.ceil((nowSeconds + expiresInSeconds) / window) * window;
}

function deriveKey(secret: string): Key {
  return {
    id: createHmac('sha256', secret).update('url signing key id').digest().subarray(0, ID_BYTES),
    secret: createHmac('sha256', secret).update('url signing key').digest(),
  };
}

/** The header has a fixed length, so that header and resource can't be split otherwise. */
function mac(key: Key, header: Buffer, covered: string): Buffer {
  return createHmac('sha256', key.secret).update(header).update(covered).digest();
}

/** The part of a resource that a token of this depth was made for. */
function coveredBy(depth: number, resource: string): string {
  if (depth === 0) return resource;
  const path = resource.split('?', 1)[0] ?? '';
  if (slashes(path) < depth) throw invalid();
  return path.split('/').slice(0, depth).join('/') + '/';
}

function slashes(text: string): number {
  return text.split('/').length - 1;
}

function invalid() {
  return securityErrors.SIGNATURE_INVALID();
}
