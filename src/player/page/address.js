/**
 * What to play, from the page's own address: `/watch/{id}#{token}`. The token is in the fragment, which never
 * leaves the browser: no server log, no proxy and no Referer has it.
 * @param {Location} location
 * @returns {{ id: string, resolve: (path: string) => string }} `resolve` makes the address of what belongs to it
 */
export function readAddress({ pathname, hash }) {
  const id = pathname.split('/').at(-1) ?? '';
  const token = hash.slice(1);
  const base = token === '' ? `/v1/media/${id}/` : `/v1/signed/${encodeURIComponent(token)}/media/${id}/`;
  return { id, resolve: (path) => base + path };
}
