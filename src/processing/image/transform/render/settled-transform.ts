import type { CanonicalTransform } from '../canonical-transform.js';

/** A canonical transform whose sizes are all known. */
export type SettledTransform = Omit<CanonicalTransform, 'deferred' | 'trim' | 'radius'> & { radius?: number };
