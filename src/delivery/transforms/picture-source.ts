import { isDecodable, type TransformParams, type TransformSource } from '../../processing/index.js';
import type { DeliverableMedia } from '../delivery-access.js';
import { deliveryErrors } from '../delivery.errors.js';

/** What transforms of a media start from: the picture as they must know it, and where its bytes are. */
export interface PictureSource extends TransformSource {
  key: string;
  sizeBytes: number;
}

const formats = ['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const;

/** @throws TRANSFORM_UNSUPPORTED for what is no picture, or is not processed yet */
export function pictureSourceOf(media: DeliverableMedia): PictureSource {
  const { width, height, metadata, storageKey: key, sizeBytes } = media;
  // Until the media is processed its size is not known.
  if (media.kind !== 'image' || !isDecodable(media.contentType) || width === null || height === null) {
    throw deliveryErrors.TRANSFORM_UNSUPPORTED(
      media.status === 'processing' ? 'the media is still being processed' : undefined,
    );
  }
  const { frames, animated, iccName } = metadata;
  const format = formats.find((candidate) => candidate === metadata['format']);
  return {
    key,
    sizeBytes,
    width,
    height,
    hasAlpha: metadata['hasAlpha'] === true,
    ...(typeof frames === 'number' && { frames }),
    ...(animated === true && { animated }),
    ...(format && { format }),
    ...(typeof iccName === 'string' && { iccName }),
  };
}

/** Whether a result can be an animation: what the request leaves of one. */
export function staysAnimated(
  source: TransformSource,
  { page, frames }: Pick<TransformParams, 'page' | 'frames'>,
): boolean {
  return source.animated === true && (frames ?? (page === undefined ? 2 : 1)) > 1;
}
