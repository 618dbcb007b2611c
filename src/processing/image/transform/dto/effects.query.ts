import { Colour, Flag, Quantity } from './parameter.js';

/** What is done to colours and details. */
export class EffectsQuery {
  @Quantity('blur', { description: 'Gaussian blur, sigma in output pixels.', example: 4 })
  blur?: number;

  @Quantity('sharpen', { description: 'Sharpening, sigma in output pixels.', example: 1 })
  sharpen?: number;

  @Quantity('pixelate', { integer: true, description: 'Side of a block in output pixels.', example: 12 })
  pixelate?: number;

  @Flag({ description: 'Takes the colour out.', default: false })
  grayscale?: boolean;

  @Colour({ description: 'Colours the picture, keeping its lightness.', example: 'c08040' })
  tint?: string;

  @Quantity('brightness', { description: 'Factor of every channel, as in CSS.', default: 1, example: 1.2 })
  brightness?: number;

  @Quantity('contrast', {
    description: 'Factor of the distance from middle grey, as in CSS.',
    default: 1,
    example: 1.2,
  })
  contrast?: number;

  @Quantity('saturation', { description: 'Factor of the colourfulness.', default: 1, example: 1.5 })
  saturation?: number;

  @Quantity('hue', { description: 'Degrees around the colour wheel.', default: 0, example: 90 })
  hue?: number;

  @Quantity('gamma', {
    description: 'Above 1 lightens the middle tones, below darkens.',
    default: 1,
    example: 1.6,
  })
  gamma?: number;

  @Flag({ description: 'Turns the colours into their opposites.', default: false })
  negate?: boolean;
}
