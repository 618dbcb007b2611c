/**
 * How a picture meets the box of width and height. `cover` crops, `contain` pads and shrinks the box with a
 * picture that is too small for it, `pad` pads to exactly the box, `inside` and `outside` keep the whole
 * picture, `fill` distorts.
 */
export const transformFits = ['cover', 'contain', 'inside', 'outside', 'fill', 'pad'] as const;
export type TransformFit = (typeof transformFits)[number];

/** The middle and the eight points of the compass. */
export const gravities = [
  'centre',
  'north',
  'northeast',
  'east',
  'southeast',
  'south',
  'southwest',
  'west',
  'northwest',
] as const;
export type Gravity = (typeof gravities)[number];

/** Points, and what looks for that which matters: colour, detail, or the faces that were found. */
export const namedPositions = [...gravities, 'attention', 'entropy', 'face'] as const;
export type NamedPosition = (typeof namedPositions)[number];

export const outputFormats = ['jpeg', 'png', 'webp', 'avif', 'gif'] as const;
export type OutputFormat = (typeof outputFormats)[number];

export const transformRotations = [0, 90, 180, 270] as const;
export type TransformRotation = (typeof transformRotations)[number];

export const outputColorspaces = ['srgb', 'p3'] as const;
export type OutputColorspace = (typeof outputColorspaces)[number];

/**
 * What a client may ask for. Everything is optional; an empty request makes the picture upright sRGB. Ranges are
 * those of `transformRanges`, and the DTO's to check.
 */
export interface TransformParams {
  /** CSS pixels: multiplied by `dpr`. */
  width?: number;
  height?: number;
  fit?: TransformFit;
  /** One of `namedPositions`, or a focal point `x,y` in fractions of what is resized. */
  position?: string;
  dpr?: number;
  enlarge?: boolean;
  /** `left,top,width,height` of the turned, trimmed picture; see `parseCrop`. */
  crop?: string;
  /** How far (0 to 255) from the colour of the top left corner a margin may be; 10 when bare. */
  trim?: number;
  /** Degrees clockwise, on top of the EXIF orientation. */
  rotate?: TransformRotation;
  /** Top to bottom, after `rotate`. */
  flip?: boolean;
  /** Left to right, after `rotate`. */
  flop?: boolean;
  /** Page of a TIFF or frame of an animation, from 0. */
  page?: number;
  /** How many frames of an animation to keep, at most. */
  frames?: number;

  format?: 'auto' | OutputFormat;
  quality?: number;
  /** The highest quality up to `quality` that gives no more bytes. */
  maxBytes?: number;
  lossless?: boolean;
  colorspace?: OutputColorspace;
  /** False keeps how the picture was taken; where, never. */
  strip?: boolean;
  keepCopyright?: boolean;

  /** `rgb` or `rrggbb`, hexadecimal, with or without `#`. */
  background?: string;
  /** Sigma in output pixels. */
  blur?: number;
  sharpen?: number;
  /** Side of a block in output pixels. */
  pixelate?: number;
  grayscale?: boolean;
  tint?: string;
  /** Factors; 1 changes nothing. */
  brightness?: number;
  contrast?: number;
  saturation?: number;
  /** Degrees around the colour wheel. */
  hue?: number;
  gamma?: number;
  negate?: boolean;
  /** Of the corners, CSS pixels, or `max` for a circle (of a square) or a pill. */
  radius?: number | 'max';

  /** Id of an image of the same owner. */
  watermark?: string;
  watermarkPosition?: Gravity;
  watermarkOpacity?: number;
  /** Of the output's width and height, whichever is reached first. */
  watermarkScale?: number;
  watermarkTile?: boolean;
  text?: string;
  /** CSS pixels. */
  textSize?: number;
  textColor?: string;
  textPosition?: Gravity;
}

/** Least and greatest value of each number, for validation and documentation. */
export const transformRanges = {
  width: [1, 16_383],
  height: [1, 16_383],
  dpr: [1, 4],
  trim: [0, 255],
  page: [0, 9999],
  frames: [1, 256],
  quality: [1, 100],
  maxBytes: [256, 100_000_000],
  blur: [0.3, 100],
  sharpen: [0.5, 10],
  pixelate: [2, 512],
  brightness: [0, 4],
  contrast: [0, 4],
  saturation: [0, 4],
  hue: [-360, 360],
  gamma: [0.4, 3],
  radius: [0, 16_383],
  watermarkOpacity: [0.01, 1],
  watermarkScale: [0.01, 1],
  textSize: [6, 512],
} as const satisfies Partial<Record<keyof TransformParams, readonly [number, number]>>;

/** Characters of a text overlay. */
export const maxTextLength = 200;
