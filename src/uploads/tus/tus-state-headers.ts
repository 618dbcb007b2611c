import type { Media } from '../../media/index.js';
import type { Upload } from '../entities/upload.entity.js';
import { concatenationOf } from './tus-headers.js';

/** Where an upload stands, as an answer tells it. */
export interface TusState {
  upload: Upload;
  /** The media that it has become. */
  media: Media | null;
}

/** What creations, appends and questions all tell of an upload. */
export function stateHeaders({ upload, media }: TusState): Record<string, string> {
  const pending = concatenationOf(upload.tusConcat ?? undefined).kind === 'final' && media === null;
  return {
    // RFC 9110 section 5.6.7.
    ...(media === null && { 'Upload-Expires': upload.expiresAt.toUTCString() }),
    // A final upload has no offset before it is put together (Concatenation).
    ...(!pending && { 'Upload-Offset': String(media?.sizeBytes ?? upload.offsetBytes) }),
    ...(media && { 'Media-Id': media.id }),
  };
}

/** What HEAD tells besides: all that the creation said. */
export function standHeaders({ sizeBytes, tusMetadata, tusConcat }: Upload): Record<string, string> {
  return {
    ...(sizeBytes === null ? { 'Upload-Defer-Length': '1' } : { 'Upload-Length': String(sizeBytes) }),
    ...(tusMetadata !== null && { 'Upload-Metadata': tusMetadata }),
    ...(tusConcat !== null && { 'Upload-Concat': tusConcat }),
  };
}
