import type { VariantKind } from '../media/index.js';
import type { Delivery } from './delivery-access.js';
import { deliveryErrors } from './delivery.errors.js';
import { keyTag, type Representation } from './representation.service.js';

/** Kinds that are many files, under paths of their own. */
const directories: ReadonlySet<VariantKind> = new Set(['hls', 'storyboard']);

/** A variant that is one file. @throws VARIANT_NOT_FOUND, with Retry-After while it may still come */
export function variantRepresentation(
  { media, cacheControl, embeddable, surrogateKeys }: Delivery,
  name: string,
): Representation {
  const found = media.variants.find(
    (candidate) => candidate.name === name && !directories.has(candidate.kind),
  );
  if (!found) {
    throw deliveryErrors.VARIANT_NOT_FOUND(
      undefined,
      media.status === 'processing' ? { headers: { 'Retry-After': '2' } } : {},
    );
  }
  return {
    source: { key: found.storageKey },
    contentType: found.contentType,
    sizeBytes: found.sizeBytes,
    tag: keyTag(found.storageKey),
    lastModified: new Date(found.createdAt),
    filename: `${media.filename.replace(/\.[^.]*$/, '')}-${name}.${found.contentType.split('/')[1]}`,
    disposition: 'inline',
    cacheControl,
    embeddable,
    surrogateKeys,
    hot: found.kind === 'thumbnail',
    redirectable: found.kind === 'mp4',
  };
}
