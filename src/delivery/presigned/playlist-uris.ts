/** Lines that are URIs, and the init segments of EXT-X-MAP. Keys are left out: they are for this service to give. */
const uris = /^(?!#)\S.*$|(?<=^#EXT-X-MAP:URI=")[^"]+/gm;

/** The URIs of the files that a media playlist names. */
export function playlistUris(text: string): string[] {
  return [...new Set(text.match(uris))];
}

/** Has a media playlist name its files otherwise; those that are not in the map stay. */
export function replaceUris(text: string, urls: ReadonlyMap<string, string>): string {
  return text.replace(uris, (uri) => urls.get(uri) ?? uri);
}
