import { byRole, isEncrypted, type Presentation, type Rendition } from '../presentation.ts';
import { each, type Rule } from './rule.ts';

const framesOf = (presentation: Presentation) =>
  presentation.master.frameVariants.flatMap(({ uri, attributes }) => {
    const rendition = presentation.renditions.get(uri);
    return rendition ? [{ uri, attributes, rendition }] : [];
  });

const secondsOf = ({ playlist }: Rendition) =>
  playlist.segments.reduce((sum, { seconds }) => sum + seconds, 0);

/** Of I-frame playlists, by which players scrub. */
export const frameRules: Rule[] = [
  {
    id: 'frame-playlist',
    source: 'Apple 6.1',
    title: 'There is an I-frame playlist, unless segments are encrypted as a whole',
    level: 'must',
    check: (presentation) => {
      const videos = byRole(presentation, 'video');
      if (videos.length === 0 || videos.some(isEncrypted)) return null;
      return presentation.master.frameVariants.length > 0 ? [] : ['no EXT-X-I-FRAME-STREAM-INF'];
    },
  },
  {
    id: 'frame-attributes',
    source: 'Apple 9.3, 9.4',
    title: 'EXT-X-I-FRAME-STREAM-INF has the CODECS and the RESOLUTION of its frames',
    level: 'must',
    check: (presentation) =>
      each(framesOf(presentation), ({ uri, attributes, rendition: { init } }) => {
        if (init?.entry.kind !== 'video') return [];
        const { codec, width, height } = init.entry;
        return [
          attributes.get('CODECS') !== codec && `${uri}: CODECS ${attributes.get('CODECS')}, found ${codec}`,
          attributes.get('RESOLUTION') !== `${width}x${height}` &&
            `${uri}: RESOLUTION ${attributes.get('RESOLUTION')}, found ${width}x${height}`,
        ];
      }),
  },
  {
    id: 'frames-only',
    source: 'Apple 6.8',
    title: 'I-frame playlists say EXT-X-I-FRAMES-ONLY',
    level: 'must',
    check: (presentation) =>
      each(framesOf(presentation), ({ uri, rendition }) => [!rendition.playlist.framesOnly && uri]),
  },
  {
    id: 'frame-ranges',
    source: 'Apple 6.10',
    title: 'Every I-frame segment is a moof and the one IDR picture behind it',
    level: 'must',
    check: (presentation) =>
      each(framesOf(presentation), ({ uri, rendition }) =>
        rendition.segments.map(({ uri: segment, range, fragments: [fragment] }) =>
          fragment?.samples[0]?.idr ? null : `${uri} → ${segment}@${range?.offset ?? 0}: no IDR picture`,
        ),
      ),
  },
  {
    id: 'frame-times',
    source: 'RFC 8216bis 4.4.3.6',
    title: 'I-frames last until the next one, and the last one until the end',
    level: 'must',
    check: (presentation) => {
      const longest = Math.max(0, ...byRole(presentation, 'video').map(secondsOf));
      return each(framesOf(presentation), ({ uri, rendition }) => [
        rendition.playlist.ended &&
          Math.abs(longest - secondsOf(rendition)) > 0.05 &&
          `${uri}: ${secondsOf(rendition).toFixed(3)} s of ${longest.toFixed(3)} s`,
        ...misplaced(rendition).map((segment) => `${uri} → ${segment}: not where EXTINF puts it`),
      ]);
    },
  },
];

/** Frames whose own time is not the sum of the durations before them. */
function misplaced({ init, segments }: Rendition): string[] {
  let declared = 0;
  const start = segments[0]?.fragments[0]?.decodeTime ?? 0;
  return segments.flatMap(({ uri, seconds, fragments: [fragment] }) => {
    const at = fragment && init ? (fragment.decodeTime - start) / init.timescale : declared;
    const isOff = Math.abs(at - declared) > 0.05;
    declared += seconds;
    return isOff ? [uri] : [];
  });
}
