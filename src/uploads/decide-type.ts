import {
  assertAllowedType,
  resolveContentType,
  sniffContentType,
  type SniffResult,
} from '../security/index.js';

export interface FileClaims {
  filename: string | null | undefined;
  declaredType: string | null | undefined;
  /** Media types, or `kind/*`, that are accepted. */
  allowedTypes: readonly string[];
}

/**
 * What an upload is, by its first SNIFF_BYTES and by what the client says of it.
 * @throws UNSUPPORTED_MEDIA_TYPE, CONTENT_TYPE_MISMATCH
 */
export async function decideType(
  head: Buffer,
  { filename, declaredType, allowedTypes }: FileClaims,
): Promise<SniffResult> {
  const decided = resolveContentType({
    sniffed: await sniffContentType(head),
    declared: declaredType ?? undefined,
    filename: filename ?? undefined,
  });
  assertAllowedType(decided.contentType, allowedTypes);
  return decided;
}
