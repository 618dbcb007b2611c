export {
  type Derivative,
  type DerivativeOptions,
  type Derivatives,
  makeDerivatives,
  type ThumbnailSize,
} from './derivatives.js';
export type { ImageFormat, ImageMetadata } from './image-metadata.js';
export type { Look } from './look.js';
export { type ImageInspection, inspectImage, type MasterHeader } from './inspect-image.js';
export { type ImageSource, type Master, MasterMaker } from './master/index.js';
export { type ImageLimits, openImage } from './open-image.js';
export { type RenderSource, transformSourceOf } from './renderable.js';
export { type PictureLocation, readLocation } from './location.js';
export { readRgbPixels } from './rgb-pixels.js';
export {
  type CanonicalOptions,
  type CanonicalTransform,
  canonicalTransform,
} from './transform/canonical-transform.js';
export { type RenderedImage, type RenderOptions, renderTransform } from './transform/render-transform.js';
export { transformCost } from './transform/transform-cost.js';
export { ConvertQuery, ImageQuery, ResizeQuery } from './transform/transform.dto.js';
export { transformHash } from './transform/transform-hash.js';
export type { OutputFormat, TransformParams } from './transform/transform-params.js';
export {
  type FractionBox,
  requiredWatermark,
  type TransformAssets,
  type TransformSource,
  type WatermarkSource,
} from './transform/transform-source.js';
