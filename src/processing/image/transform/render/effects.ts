import type { Sharp } from 'sharp';
import type { CanonicalEffects } from '../canonical/effects.js';
import type { Size } from '../geometry/size.js';

/** Averages each block of about `side` pixels; `enlargeBlocks` follows, on the result. */
export function averageBlocks(image: Sharp, side: number, { width, height }: Size): Sharp {
  return image.resize({
    width: Math.ceil(width / side),
    height: Math.ceil(height / side),
    fit: 'fill',
    kernel: 'linear',
  });
}

export function enlargeBlocks(image: Sharp, { width, height }: Size): Sharp {
  return image.resize({ width, height, fit: 'fill', kernel: 'nearest' });
}

/** In the order in which sharp does it, whatever the order of the calls: blur, saturation and hue, sharpen. */
export function drawDetails(image: Sharp, effects: CanonicalEffects): Sharp {
  const { blur, saturation, hue, sharpen } = effects;
  if (blur !== undefined) image.blur(blur);
  if (saturation !== undefined || hue !== undefined) {
    image.modulate({
      ...(saturation !== undefined && { saturation }),
      ...(hue !== undefined && { hue }),
    });
  }
  if (sharpen !== undefined) image.sharpen({ sigma: sharpen });
  return image;
}

/**
 * Lightens or darkens the middle tones. Needs a pipeline in which nothing else comes before: sharp darkens at its
 * start, lightens at its end, and does not shrink while decoding when it does either.
 */
export function drawGamma(image: Sharp, { gamma }: CanonicalEffects): Sharp {
  if (gamma === undefined) return image;
  return gamma > 1 ? image.gamma(1, gamma) : image.gamma(1 / gamma, 1);
}

/**
 * Likewise in sharp's order: brightness and contrast, tint, negate. The first two are those of CSS (Filter Effects Module
 * Level 1, sections 8.2 and 8.3), as one function, so that nothing is clipped between them.
 */
export function drawTones(image: Sharp, effects: CanonicalEffects): Sharp {
  const { brightness = 1, contrast = 1, tint, negate } = effects;
  if (brightness !== 1 || contrast !== 1) image.linear(brightness * contrast, 127.5 * (1 - contrast));
  if (tint !== undefined) image.tint(tint);
  if (negate) image.negate({ alpha: false });
  return image;
}

/** Whether a colour laid behind the picture before the effects would come out as another. */
export function changesColours(effects: CanonicalEffects): boolean {
  const { grayscale, brightness, saturation, hue, sharpen, gamma, contrast, tint, negate } = effects;
  return [grayscale, brightness, saturation, hue, sharpen, gamma, contrast, tint, negate].some(
    (effect) => effect !== undefined,
  );
}
