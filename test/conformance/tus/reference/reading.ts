import { createHash } from 'node:crypto';
import type { Asked } from './http.ts';

/** A request that is not carried out. */
export class Refusal extends Error {
  readonly status: number;
  readonly headers: Record<string, string>;

  constructor(status: number, headers: Record<string, string> = {}) {
    super(`refused with ${status}`);
    this.status = status;
    this.headers = headers;
  }
}

export const ALGORITHMS = ['sha1', 'sha256'];
/** The sum's bytes by the name of the algorithm. */
const SUM_BYTES: Record<string, number> = { sha1: 20, sha256: 32 };

export function refuseIf(condition: boolean, status: number, headers?: Record<string, string>): void {
  if (condition) throw new Refusal(status, headers);
}

/** @returns null when the header is absent. @throws Refusal unless it is a non-negative integer that is exact here */
export function integerIn({ headers }: Asked, name: string): number | null {
  const value = headers[name];
  if (value === undefined) return null;
  refuseIf(!/^\d{1,15}$/.test(value), 400);
  return Number(value);
}

/** @throws Refusal unless each pair has a key of its own, and Base64 of text without control characters */
export function assertMetadata(header: string | undefined): void {
  if (header === undefined) return;
  const keys = new Set<string>();
  for (const pair of header.split(',')) {
    const [, key, value = ''] = /^\s*([\x21-\x2B\x2D-\x7E]+)(?: ([A-Za-z0-9+/=]*))?$/.exec(pair) ?? [];
    refuseIf(key === undefined || keys.has(key), 400);
    keys.add(String(key));
    const bytes = Buffer.from(value, 'base64');
    const hasControls = bytes.some((byte) => byte < 0x20 || byte === 0x7f);
    refuseIf(bytes.toString('base64') !== value || hasControls, 400);
  }
}

export function verifyChecksum(header: string, body: Buffer): void {
  const [algorithm = '', sum = '', ...rest] = header.split(' ');
  refuseIf(!ALGORITHMS.includes(algorithm) || rest.length > 0, 400);
  refuseIf(Buffer.from(sum, 'base64').length !== SUM_BYTES[algorithm], 400);
  refuseIf(createHash(algorithm).update(body).digest('base64') !== sum, 460);
}
