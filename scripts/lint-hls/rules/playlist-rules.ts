import {
  byRole,
  decodeSpan,
  frameSeconds,
  type Presentation,
  type Rendition,
  variantsOf,
} from '../presentation.ts';
import { each, type Rule } from './rule.ts';

const timed = (presentation: Presentation) => byRole(presentation, 'video', 'audio');
const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
const secondsOf = ({ playlist }: Rendition) => sum(playlist.segments.map(({ seconds }) => seconds));

/** How far the sums of EXTINF and the samples' own times drift apart, over any group of segments. */
function drift(rendition: Rendition): number | null {
  const spans = rendition.segments.map((segment) => decodeSpan(rendition, segment));
  const first = spans[0];
  if (!first) return null;
  let declared = 0;
  const errors = [0];
  for (const [at, span] of spans.entries()) {
    declared += rendition.segments[at]?.seconds ?? 0;
    if (span) errors.push(span.end - first.start - declared);
  }
  return Math.max(...errors) - Math.min(...errors);
}

/** Of playlists and what they say of their segments. */
export const playlistRules: Rule[] = [
  {
    id: 'playlist-syntax',
    source: 'RFC 8216bis 4',
    title: 'Playlists keep to the grammar',
    level: 'must',
    check: ({ syntax }) => syntax,
  },
  {
    id: 'version',
    source: 'RFC 8216bis 8',
    title: 'EXT-X-VERSION covers what a playlist uses',
    level: 'must',
    check: ({ renditions }) =>
      each([...renditions.values()], ({ name, playlist }) =>
        [...playlist.needs].map(
          ([feature, version]) =>
            playlist.version < version &&
            `${name}: ${feature} needs version ${version}, not ${playlist.version}`,
        ),
      ),
  },
  {
    id: 'target-duration',
    source: 'RFC 8216bis 4.4.3.1',
    title: 'EXTINF, rounded, is at most the target duration',
    level: 'must',
    check: ({ renditions }) =>
      each([...renditions.values()], ({ name, playlist: { targetSeconds, segments } }) =>
        segments.map(
          ({ uri, seconds }) =>
            Math.round(seconds) > targetSeconds && `${name} → ${uri}: ${seconds} s of ${targetSeconds} s`,
        ),
      ),
  },
  {
    id: 'segment-length',
    source: 'Apple 7.7',
    title: 'No segment is over the target duration by more than 0.5 s',
    level: 'must',
    check: (presentation) =>
      each(timed(presentation), (rendition) =>
        rendition.segments.map((segment) => {
          const span = decodeSpan(rendition, segment);
          const over = span && span.end - span.start - rendition.playlist.targetSeconds;
          return (
            over !== null && over > 0.5 && `${rendition.name} → ${segment.uri}: ${over.toFixed(3)} s over`
          );
        }),
      ),
  },
  {
    id: 'extinf',
    source: 'Apple 8.1',
    title: 'EXTINF sums to the true duration within a frame, over any group of segments',
    level: 'must',
    check: (presentation) =>
      each(timed(presentation), (rendition) => {
        const off = drift(rendition);
        return [
          off !== null && off > frameSeconds(rendition) && `${rendition.name}: off by ${off.toFixed(4)} s`,
        ];
      }),
  },
  {
    id: 'same-target',
    source: 'Apple 8.2',
    title: 'Audio and video have one target duration',
    level: 'must',
    check: (presentation) => {
      const all = timed(presentation);
      return each(all, ({ name, playlist: { targetSeconds } }) => [
        targetSeconds !== all[0]?.playlist.targetSeconds && `${name}: ${targetSeconds} s`,
      ]);
    },
  },
  {
    id: 'same-length',
    source: 'Apple 8.3, 8.7',
    title: 'Finished audio and video playlists cover the same time',
    level: 'must',
    check: (presentation) => {
      const ended = timed(presentation).filter(({ playlist }) => playlist.ended);
      const longest = Math.max(...ended.map(secondsOf));
      // The encoder of the sound adds a frame in front, and fills up its last one.
      const grain = 2 * Math.max(...ended.map(frameSeconds));
      return each(ended, (rendition) => {
        const short = longest - secondsOf(rendition);
        return [short > grain + 0.001 && `${rendition.name}: ends ${short.toFixed(3)} s before the longest`];
      });
    },
  },
  {
    id: 'playlist-type',
    source: 'Apple 8.6, 8.8',
    title: 'A playlist is VOD and ended, or EVENT',
    level: 'must',
    check: ({ renditions }) =>
      each([...renditions.values()], ({ name, playlist: { type, ended } }) => [
        type === null && `${name}: no EXT-X-PLAYLIST-TYPE`,
        type === 'VOD' && !ended && `${name}: VOD without EXT-X-ENDLIST`,
        ended && type === 'EVENT' && `${name}: an ended EVENT should be VOD`,
      ]),
  },
  {
    id: 'init-section',
    source: 'Apple 8.20',
    title: 'fMP4 segments have an EXT-X-MAP',
    level: 'must',
    check: (presentation) =>
      each(byRole(presentation, 'video', 'audio', 'frames'), ({ name, playlist: { segments } }) => [
        segments.length === 0 && `${name}: no segments`,
        segments.some(({ map }) => map === null) && `${name}: segments without EXT-X-MAP`,
      ]),
  },
  {
    id: 'boundaries',
    source: 'Apple 8.22',
    title: 'All renditions have their segment boundaries at the same times, within a frame of sound',
    level: 'should',
    check: (presentation) => {
      const all = timed(presentation);
      const [first] = all;
      if (!first || all.length < 2) return null;
      const wanted = ends(first);
      return each(all.slice(1), (rendition) => {
        const tolerance = 0.001 + (rendition.role === first.role ? 0 : frameSeconds(rendition));
        return ends(rendition).map((end, at) => {
          const off = Math.abs(end - (wanted[at] ?? end));
          return off > tolerance && `${rendition.name}: boundary ${at + 1} is off by ${off.toFixed(4)} s`;
        });
      });
    },
  },
  {
    id: 'language',
    source: 'Apple 8.10, 4.7',
    title: 'Every EXT-X-MEDIA of sound or text has a LANGUAGE',
    level: 'must',
    check: ({ master }) =>
      each(
        master.renditions.filter((attributes) => attributes.get('TYPE') !== 'VIDEO'),
        (attributes) => [
          !attributes.has('LANGUAGE') && `${attributes.get('TYPE')} ${attributes.get('NAME')}`,
        ],
      ),
  },
  {
    id: 'subtitle-length',
    source: 'Apple 5.5',
    title: 'Finished subtitles cover the whole of the pictures',
    level: 'must',
    check: (presentation) => {
      const longest = Math.max(0, ...byRole(presentation, 'video').map(secondsOf));
      return each(
        byRole(presentation, 'subtitles').filter(({ playlist }) => playlist.ended),
        (rendition) => {
          const short = longest - secondsOf(rendition);
          return [short > 0.05 && `${rendition.name}: ends ${short.toFixed(3)} s early`];
        },
      );
    },
  },
  {
    id: 'subtitle-format',
    source: 'Apple 5.2, 5.3',
    title: 'Subtitles are WebVTT with an X-TIMESTAMP-MAP',
    level: 'must',
    check: (presentation) =>
      each(
        byRole(presentation, 'subtitles').flatMap(({ name, segments }) =>
          segments.map(({ uri, text }) => ({ name: `${name} → ${uri}`, text: text ?? '' })),
        ),
        ({ name, text }) => [
          !/^WEBVTT(?:[ \t\r\n]|$)/.test(text) && `${name}: no WEBVTT in front`,
          !/^WEBVTT[^\r\n]*\r?\nX-TIMESTAMP-MAP=(?:LOCAL:[\d:.]+,MPEGTS:\d+|MPEGTS:\d+,LOCAL:[\d:.]+)\r?\n/.test(
            text,
          ) && `${name}: no X-TIMESTAMP-MAP in the header`,
        ],
      ),
  },
  {
    id: 'separate-audio',
    source: 'Apple 8.9, 9.5',
    title: 'Sound is declared by EXT-X-MEDIA, apart from the pictures',
    level: 'should',
    check: (presentation) =>
      each(
        variantsOf(presentation).filter(({ attributes }) => attributes.get('CODECS')?.includes('mp4a')),
        ({ uri, audio }) => [audio.length === 0 && uri],
      ),
  },
];

/** When the segments but the last end. */
function ends(rendition: Rendition): number[] {
  const spans = rendition.segments.map((segment) => decodeSpan(rendition, segment));
  return spans.slice(0, -1).flatMap((span) => (span ? [span.end] : []));
}
