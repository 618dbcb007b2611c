export { assertAllowedType, isAllowedType, isInlineSafe, resolveContentType } from './declared-type.js';
export { contentDisposition, sanitizeFileName } from './file-name.js';
export { FetchGuard, type FetchOptions, type RemoteFile } from './fetch-guard/fetch-guard.js';
export { Scanner, type Verdict } from './scanner/scanner.js';
export { signedTokenOf, unwrapSignedPath } from './signed-path.js';
export { SecurityModule } from './security.module.js';
export type { ContentKind } from './sniff/media-types.js';
export { SNIFF_BYTES, sniffContentType, type SniffResult } from './sniff/sniff-content-type.js';
export { roundedExpiry, UrlSigner } from './url-signer.js';
