/** `rgb` or `rrggbb`, with or without `#`. */
export const hexColour = /^#?(?:[0-9a-f]{3}|[0-9a-f]{6})$/i;

/** @returns `#rrggbb` in lower case */
export function canonicalColour(colour: string): string {
  const digits = colour.replace('#', '').toLowerCase();
  return `#${digits.length === 3 ? digits.replace(/./g, '$&$&') : digits}`;
}
