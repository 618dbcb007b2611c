import { createHash } from 'node:crypto';
import { isAssemblyKey, piecesPrefix } from '../assembly-pieces.js';

/**
 * Key of the object that says that a multipart upload belongs to an assembly, which may be idle for days: sweeps of
 * what died leave it alone. Null where there can be no assembly.
 */
export function keeperKey(key: string, uploadId: string): string | null {
  if (!isAssemblyKey(key)) return null;
  return `${piecesPrefix(key)}kept-${createHash('sha256').update(uploadId).digest('hex').slice(0, 32)}`;
}
