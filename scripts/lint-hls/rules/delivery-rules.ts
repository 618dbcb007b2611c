import type { Fetched, Presentation } from '../presentation.ts';
import { each, type Rule } from './rule.ts';

type Delivered = Fetched & { http: NonNullable<Fetched['http']> };

const delivered = ({ files }: Presentation) => files.filter((file): file is Delivered => file.http !== null);

/** Apple 10.4, its table. */
const types: Record<Fetched['role'], readonly string[]> = {
  playlist: ['application/vnd.apple.mpegurl'],
  init: ['video/mp4', 'audio/mp4'],
  segment: ['video/iso.segment', 'video/mp4', 'audio/mp4'],
  subtitles: ['text/vtt', 'text/plain'],
  key: ['application/octet-stream'],
};

/** Of how the files come. */
export const deliveryRules: Rule[] = [
  {
    id: 'content-type',
    source: 'Apple 10.4',
    title: 'Files are served as what they are',
    level: 'must',
    check: (presentation) =>
      each(delivered(presentation), ({ name, role, http }) => {
        const type = http.contentType.split(';')[0]?.trim().toLowerCase() ?? '';
        return [!types[role].includes(type) && `${name}: ${http.contentType}`];
      }),
  },
  {
    id: 'redirects',
    source: 'Apple 8.18',
    title: 'No media request is redirected',
    level: 'must',
    check: (presentation) => each(delivered(presentation), ({ name, http }) => [http.redirected && name]),
  },
  {
    id: 'gzip',
    source: 'Apple 10.1',
    title: 'Playlists are compressed with gzip',
    level: 'must',
    check: (presentation) =>
      each(
        delivered(presentation).filter(({ role }) => role === 'playlist'),
        ({ name, http }) => [http.contentEncoding !== 'gzip' && name],
      ),
  },
  {
    id: 'relative-uris',
    source: 'RFC 8216bis 4.1',
    title:
      'URIs are relative and stay below the multivariant playlist, so that one signed prefix covers them, or are signed themselves',
    level: 'should',
    check: ({ files }) =>
      each(files, ({ name, uri }) => [
        !/[?&]X-Amz-Signature=/.test(uri) && /^(?:[a-z][a-z0-9+.-]*:|\/|\.\.(?:\/|$))/i.test(uri) && name,
      ]),
  },
];
