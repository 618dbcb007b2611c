import { decoding, type ImageLimits, openImage } from '../open-image.js';
import type { CanonicalTransform } from './canonical-transform.js';
import { turnedSize } from './geometry/turn.js';
import { drawGeometry } from './render/draw-geometry.js';
import type { OutputFormat } from './transform-params.js';
import type { TransformAssets } from './transform-source.js';

/** A finished picture, whole: at most the configured output pixels, so at most a few megabytes for photos. */
export interface RenderedImage {
  data: Buffer;
  contentType: `image/${OutputFormat}`;
  /** Of one frame. */
  width: number;
  height: number;
}

export interface RenderOptions {
  limits: Pick<ImageLimits, 'maxPixels' | 'timeoutSeconds'>;
  assets?: TransformAssets;
  /** Encoder effort in place of the canonical one, to make the same picture in fewer bytes. */
  effort?: number;
}

export async function renderTransform(
  input: string | Buffer,
  transform: CanonicalTransform,
  { limits }: RenderOptions,
): Promise<RenderedImage> {
  const { data, info } = await decoding(() => {
    const image = openImage(input, limits).autoOrient();
    drawGeometry(image, transform, {
      upright: turnedSize(transform, transform),
      padding: transform.background ?? null,
    });
    return image.toFormat(transform.format).toBuffer({ resolveWithObject: true });
  });
  return { data, contentType: `image/${transform.format}`, width: info.width, height: info.height };
}
