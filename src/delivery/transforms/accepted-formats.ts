import type { OutputFormat } from '../../processing/index.js';

/**
 * The formats for `format=auto` that a client takes, the best first (RFC 9110 section 12.5.1); never empty. AVIF and
 * WebP are taken only when listed by name: clients that send `image/*` or nothing may know neither. Among equals the
 * smaller one wins; the last resort is GIF for what moves, PNG for transparency and JPEG for the rest. What moves is not
 * offered in AVIF, which would hold it still. The answer depends on Accept: send `Vary`.
 */
export function acceptedFormats(
  accept: string | undefined,
  picture: { hasAlpha: boolean; moves: boolean },
): OutputFormat[] {
  const fallback: OutputFormat = picture.moves ? 'gif' : picture.hasAlpha ? 'png' : 'jpeg';
  const weights = parseAccept(accept ?? '');
  const listed = [...(picture.moves ? [] : ['avif' as const]), 'webp' as const, fallback]
    .map((format) => ({ format, weight: weights.get(`image/${format}`) ?? 0 }))
    .filter(({ weight }) => weight > 0)
    // The sort is stable, so equals stay in order of preference.
    .toSorted((a, b) => b.weight - a.weight)
    .map(({ format }) => format);
  return listed.includes(fallback) ? listed : [...listed, fallback];
}

function parseAccept(accept: string): Map<string, number> {
  const weights = new Map<string, number>();
  for (const item of accept.slice(0, 1000).toLowerCase().split(',')) {
    const [type = '', ...parameters] = item.split(';').map((part) => part.trim());
    const q = parameters.find((parameter) => parameter.startsWith('q='));
    const weight = q === undefined ? 1 : Number(q.slice(2));
    if (weight >= 0 && weight <= 1) weights.set(type, weight);
  }
  return weights;
}
