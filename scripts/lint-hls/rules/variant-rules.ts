import { peakBitRate, averageBitRate } from '../bit-rates.ts';
import type { VideoEntry } from '../mp4/init-segment.ts';
import { frameSeconds, type Presentation, type VariantView, variantsOf } from '../presentation.ts';
import { each, type Rule } from './rule.ts';

const entryOf = ({ video }: VariantView): VideoEntry | null =>
  video.init?.entry.kind === 'video' ? video.init.entry : null;

const number = (view: VariantView, name: string) => Number(view.attributes.get(name) ?? NaN);

function variantRule(
  rule: Omit<Rule, 'check'>,
  check: (view: VariantView, presentation: Presentation) => (string | false | null)[],
): Rule {
  return {
    ...rule,
    check: (presentation) =>
      each(variantsOf(presentation), (view) =>
        check(view, presentation).map((problem) => problem && `${view.uri}: ${problem}`),
      ),
  };
}

/** The largest over the sounds that may go with the pictures, added to theirs. */
function together(view: VariantView, measure: (rendition: VariantView['video']) => number): number {
  return measure(view.video) + Math.max(0, ...view.audio.map(measure));
}

/** A growing presentation may only stay below what is declared; a finished one is near to it. */
function compareRate(
  view: VariantView,
  { name, measured, above }: { name: string; measured: number; above: number },
): string | null {
  const declared = number(view, name);
  const ended = view.video.playlist.ended;
  const isRight = ended
    ? Math.abs(declared - measured) <= 0.1 * declared
    : measured <= (1 + above) * declared;
  return isRight ? null : `${name} ${declared}, measured ${Math.round(measured)}`;
}

/** Of what the multivariant playlist says of its variants, against what is there. */
export const variantRules: Rule[] = [
  variantRule(
    { id: 'codecs', source: 'Apple 9.1', title: 'CODECS are those of avcC and esds', level: 'must' },
    (view) => {
      const said = view.attributes.get('CODECS');
      const renditions = [view.video, ...view.audio].flatMap(({ init }) => init?.entry.codec ?? []);
      const wanted = [...new Set(renditions)].toSorted();
      const found = (said ?? '').split(',').filter((codec) => codec !== 'wvtt');
      return [
        said === undefined && 'no CODECS',
        found.toSorted().join(',') !== wanted.join(',') && `CODECS "${said}", found "${wanted.join(',')}"`,
      ];
    },
  ),
  variantRule(
    { id: 'resolution', source: 'Apple 9.2', title: 'RESOLUTION is the size of the pictures', level: 'must' },
    (view) => {
      const entry = entryOf(view);
      const said = view.attributes.get('RESOLUTION') ?? 'none';
      if (!entry) return [];
      const coded = `${entry.parameters.width}x${entry.parameters.height}`;
      return [
        said !== coded && `RESOLUTION ${said}, coded ${coded}`,
        `${entry.width}x${entry.height}` !== coded &&
          `sample entry ${entry.width}x${entry.height}, coded ${coded}`,
      ];
    },
  ),
  variantRule(
    {
      id: 'frame-rate',
      source: 'Apple 9.15',
      title: 'FRAME-RATE is the rate of the pictures',
      level: 'must',
    },
    (view) => {
      const said = number(view, 'FRAME-RATE');
      const measured = 1 / frameSeconds(view.video);
      return [!(Math.abs(said - measured) <= 0.01) && `FRAME-RATE ${said}, measured ${measured.toFixed(3)}`];
    },
  ),
  variantRule(
    {
      id: 'frame-rate-limit',
      source: 'Apple 1.19',
      title: 'No more than 60 pictures per second',
      level: 'must',
    },
    ({ video }) => [1 / frameSeconds(video) > 60.01 && `${(1 / frameSeconds(video)).toFixed(2)} per second`],
  ),
  variantRule(
    {
      id: 'bandwidth',
      source: 'Apple 9.13, 1.27, 1.29',
      title: 'BANDWIDTH is the peak of the pictures and of the largest sound, within 10 %',
      level: 'must',
    },
    (view) => [compareRate(view, { name: 'BANDWIDTH', measured: together(view, peakBitRate), above: 0.25 })],
  ),
  variantRule(
    {
      id: 'average-bandwidth',
      source: 'Apple 9.14, 1.26, 1.28',
      title: 'AVERAGE-BANDWIDTH is the average, within 10 %',
      level: 'must',
    },
    (view) => [
      compareRate(view, { name: 'AVERAGE-BANDWIDTH', measured: together(view, averageBitRate), above: 0.1 }),
    ],
  ),
  variantRule(
    {
      id: 'peak-ratio',
      source: 'Apple 1.30',
      title: 'The peak is at most twice the average',
      level: 'should',
    },
    (view) => {
      const ratio = together(view, peakBitRate) / together(view, averageBitRate);
      return [view.video.playlist.ended && ratio > 2 && `${ratio.toFixed(2)} times`];
    },
  ),
  {
    id: 'independent-segments',
    source: 'Apple 9.11, 9.12',
    title: 'EXT-X-INDEPENDENT-SEGMENTS is in the multivariant or in all media playlists',
    level: 'must',
    check: ({ master, renditions }) =>
      each(
        [...renditions.values()].filter(({ role }) => role === 'video'),
        ({ name, playlist }) => [!master.independent && !playlist.independent && name],
      ),
  },
  {
    id: 'aspect-ratio',
    source: 'Apple 1.33',
    title: 'All variants have one aspect ratio, up to the rounding to even sizes',
    level: 'should',
    check: (presentation) => {
      const views = variantsOf(presentation);
      const largest = views.flatMap((view) => entryOf(view) ?? []).toSorted((a, b) => b.width - a.width)[0];
      return each(views, (view) => {
        const entry = entryOf(view);
        if (!entry || !largest) return [];
        const wanted = (entry.height * largest.width) / largest.height;
        return [Math.abs(entry.width - wanted) > 2 && `${view.uri}: ${entry.width}x${entry.height}`];
      });
    },
  },
  {
    id: 'default-variant',
    source: 'Apple 1.32',
    title: 'The first variant is the one nearest to 2 Mb/s on average',
    level: 'should',
    check: (presentation) => {
      const views = variantsOf(presentation);
      const distance = (view: VariantView) => Math.abs(number(view, 'AVERAGE-BANDWIDTH') - 2_000_000);
      const nearest = Math.min(...views.map(distance));
      return each(views.slice(0, 1), (view) => [distance(view) > nearest && `${view.uri} is not it`]);
    },
  },
];
