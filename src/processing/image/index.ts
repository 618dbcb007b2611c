export {
  type Derivative,
  type DerivativeOptions,
  type Derivatives,
  makeDerivatives,
  type ThumbnailSize,
} from './derivatives.js';
export type { ImageFormat, ImageMetadata } from './image-metadata.js';
export { type ImageInspection, inspectImage, isDecodable } from './inspect-image.js';
export { type ImageLimits, openImage } from './open-image.js';
export {
  type CanonicalTransform,
  canonicalTransform,
  transformHash,
  type TransformSource,
} from './transform/canonical-transform.js';
export { negotiateFormat } from './transform/negotiate-format.js';
export { type RenderedImage, renderTransform } from './transform/render-transform.js';
export { ConvertQuery, ImageQuery, ResizeQuery } from './transform/transform.dto.js';
export { TransformGate, type TransformGateOptions } from './transform/transform-gate.js';
export type { OutputFormat, TransformParams } from './transform/transform-params.js';
