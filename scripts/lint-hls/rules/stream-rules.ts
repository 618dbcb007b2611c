import type { VideoEntry } from '../mp4/init-segment.ts';
import { byRole, decodeSpan, frameSeconds, type Presentation, type Rendition } from '../presentation.ts';
import { each, type Rule } from './rule.ts';

type Video = Rendition & { entry: VideoEntry };

const videosOf = (presentation: Presentation): Video[] =>
  byRole(presentation, 'video').flatMap((rendition) =>
    rendition.init?.entry.kind === 'video' ? [{ ...rendition, entry: rendition.init.entry }] : [],
  );

function videoRule(rule: Omit<Rule, 'check'>, check: (entry: VideoEntry) => (string | false)[]): Rule {
  return {
    ...rule,
    check: (presentation) =>
      each(videosOf(presentation), ({ name, entry }) =>
        check(entry).map((problem) => problem && `${name}: ${problem}`),
      ),
  };
}

const HIGH = 100;
const profiles = new Set([66, 77, HIGH]);
const LEVEL_4_2 = 42;
const BT709 = 1;

/** Of the encoded streams. */
export const streamRules: Rule[] = [
  {
    id: 'readable',
    source: 'RFC 8216bis 3.1.2',
    title: 'Everything listed is there, and is fMP4 of H.264 or AAC',
    level: 'must',
    check: ({ unreadable }) => unreadable,
  },
  videoRule(
    {
      id: 'profile-level',
      source: 'Apple 1.3',
      title: 'H.264 is at most High profile, level 4.2 (what phones of the last ten years decode)',
      level: 'must',
    },
    ({ parameters: { profile, level } }) => [
      !profiles.has(profile) && `profile ${profile}`,
      level > LEVEL_4_2 && `level ${level / 10}`,
    ],
  ),
  videoRule(
    { id: 'high-profile', source: 'Apple 1.4', title: 'H.264 is of High profile', level: 'should' },
    ({ parameters: { profile } }) => [profile !== HIGH && `profile ${profile}`],
  ),
  videoRule(
    {
      id: 'pixel-format',
      source: 'H.264 A.2.4',
      title: 'Pictures are 4:2:0 of 8 bits, the only form that all decoders know',
      level: 'must',
    },
    ({ parameters: { chromaFormat, bitDepth } }) => [
      chromaFormat !== 1 && `chroma format ${chromaFormat}`,
      bitDepth !== 8 && `${bitDepth} bits`,
    ],
  ),
  videoRule(
    { id: 'even-size', source: 'H.264 6.2', title: 'Width and height are even', level: 'must' },
    ({ width, height }) => [(width % 2 !== 0 || height % 2 !== 0) && `${width}x${height}`],
  ),
  videoRule(
    {
      id: 'square-pixels',
      source: 'H.264 E.2.1',
      title: 'Pixels are square: players heed no other aspect everywhere',
      level: 'must',
    },
    ({ parameters: { sampleAspect } }) => [
      sampleAspect !== null &&
        sampleAspect[0] !== sampleAspect[1] &&
        `sample aspect ${sampleAspect.join(':')}`,
    ],
  ),
  videoRule(
    { id: 'progressive', source: 'Apple 1.14', title: 'Pictures are not interlaced', level: 'must' },
    ({ parameters: { progressive } }) => [!progressive && 'has fields'],
  ),
  videoRule(
    {
      id: 'colour',
      source: 'Apple 1.21',
      title: 'Colours are BT.709, and the stream says so',
      level: 'should',
    },
    ({ parameters: { colour } }) => [
      !colour?.every((code) => code === BT709) && `colour ${colour?.join('/') ?? 'not said'}`,
    ],
  ),
  {
    id: 'segment-starts-with-idr',
    source: 'Apple 7.4',
    title: 'Every video segment starts with an IDR picture that is flagged as sync sample',
    level: 'must',
    check: (presentation) =>
      each(videosOf(presentation), ({ name, segments }) =>
        segments.map(({ uri, fragments: [first] }) => {
          const sample = first?.samples[0];
          return sample !== undefined && !(sample.idr && sample.sync) && `${name} → ${uri}`;
        }),
      ),
  },
  {
    id: 'idr-interval',
    source: 'Apple 1.13',
    title: 'An IDR picture every two seconds',
    level: 'should',
    check: (presentation) =>
      each(videosOf(presentation), (video) => {
        const longest = longestGop(video);
        const limit = 2 + frameSeconds(video);
        return [longest > limit + 0.001 && `${video.name}: ${longest.toFixed(3)} s without`];
      }),
  },
  {
    id: 'decode-time',
    source: 'Apple 7.1, 7.3',
    title: 'Each fragment (tfdt) begins where the one before it ends',
    level: 'must',
    check: (presentation) =>
      each(byRole(presentation, 'video', 'audio'), (rendition) =>
        gaps(rendition).map(
          ({ uri, units }) => units !== 0 && `${rendition.name} → ${uri}: ${units} units off`,
        ),
      ),
  },
  {
    id: 'common-start',
    source: 'RFC 8216bis 3.1.2',
    title: 'Pictures and sound of all renditions start at one time, within a frame of sound',
    level: 'must',
    check: (presentation) => {
      const all = byRole(presentation, 'video', 'audio');
      const earliest = Math.min(...all.flatMap((rendition) => startOf(rendition) ?? []));
      return each(all, (rendition) => {
        const late = (startOf(rendition) ?? earliest) - earliest;
        return [late > 0.025 && `${rendition.name}: starts ${late.toFixed(3)} s late`];
      });
    },
  },
  {
    id: 'stereo-aac',
    source: 'Apple 2.3',
    title: 'There is stereo AAC in every group of sound',
    level: 'must',
    check: (presentation) =>
      each(byRole(presentation, 'audio'), ({ name, init }) => {
        const entry = init?.entry;
        const isStereo = entry?.kind !== 'audio' || (entry.codec === 'mp4a.40.2' && entry.channels === 2);
        return [!isStereo && `${name}: ${entry.codec}, ${entry.channels} channels`];
      }),
  },
];

function longestGop({ init, segments }: Rendition): number {
  let longest = 0;
  let current = 0;
  for (const { samples } of segments.flatMap(({ fragments }) => fragments)) {
    for (const { idr, duration } of samples) {
      if (idr) current = 0;
      current += duration;
      longest = Math.max(longest, current);
    }
  }
  return longest / (init?.timescale ?? 1);
}

function gaps({ segments }: Rendition): { uri: string; units: number }[] {
  let expected: number | null = null;
  return segments.flatMap(({ uri, fragments }) =>
    fragments.map(({ decodeTime, samples }) => {
      const units = expected === null ? 0 : decodeTime - expected;
      expected = decodeTime + samples.reduce((sum, { duration }) => sum + duration, 0);
      return { uri, units };
    }),
  );
}

/** When the first sample is presented: browsers heed no edit list. */
function startOf(rendition: Rendition): number | null {
  const [segment] = rendition.segments;
  const span = segment && decodeSpan(rendition, segment);
  const [first] = segment?.fragments ?? [];
  if (!span || !first || !rendition.init) return null;
  return span.start + (first.samples[0]?.shift ?? 0) / rendition.init.timescale;
}
