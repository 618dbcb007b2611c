import type { AnalysisConfig } from '../../config/index.js';
import type { FoundFace, FoundObject, MediaAnalysis, NsfwVerdict } from '../../media/index.js';
import type { Box, Detections } from './analysis-messages.js';

/** Of a crowd, or of a shelf of books, the most certain ones have to do. */
const maxFound = 20;
const maxTags = 20;
/** What a search finds pictures with faces, or with a high score, by. */
const faceTag = 'face';
const nsfwTag = 'nsfw';

/** The classes that count as not safe for work; `drawing` and `neutral` are the others. */
const unsafeClasses = ['hentai', 'porn', 'sexy'] as const;

/** What of the detections is certain enough to be kept, boxes cut to the picture, the most certain first. */
export function judge(
  { faces, objects, nsfw }: Detections,
  { thresholds }: Pick<AnalysisConfig, 'thresholds'>,
): Pick<MediaAnalysis, 'faces' | 'objects' | 'nsfw'> {
  return {
    faces: faces && found(faces, thresholds.faces),
    objects: objects && found(objects, thresholds.objects),
    nsfw: nsfw && verdict(nsfw),
  };
}

/** The tags that an analysis suggests: names of things, `face` and `nsfw`. */
export function suggestTags(
  { faces, objects, nsfw }: Pick<MediaAnalysis, 'faces' | 'objects' | 'nsfw'>,
  { thresholds }: Pick<AnalysisConfig, 'thresholds'>,
): string[] {
  const tags = (objects ?? []).map(({ label }) => label);
  if (faces && faces.length > 0) tags.push(faceTag);
  if (nsfw && nsfw.score >= thresholds.nsfw) tags.push(nsfwTag);
  return [...new Set(tags)].slice(0, maxTags);
}

function found<T extends FoundFace | FoundObject>(all: readonly T[], least: number): T[] {
  return all
    .filter(({ score }) => score >= least)
    .map((item) => Object.assign({}, item, withinPicture(item), { score: rounded(item.score) }))
    .filter(({ width, height }) => width > 0 && height > 0)
    .toSorted((one, other) => other.score - one.score)
    .slice(0, maxFound);
}

function withinPicture({ x, y, width, height }: Box): Box {
  const inside = (value: number) => Math.min(1, Math.max(0, value));
  const [left, top] = [inside(x), inside(y)];
  return {
    x: rounded(left),
    y: rounded(top),
    width: rounded(inside(x + width) - left),
    height: rounded(inside(y + height) - top),
  };
}

function verdict(scores: Record<string, number>): NsfwVerdict {
  const classes = Object.fromEntries(Object.entries(scores).map(([name, score]) => [name, rounded(score)]));
  return { score: rounded(unsafeClasses.reduce((sum, name) => sum + (scores[name] ?? 0), 0)), classes };
}

/** A ten-thousandth is less than a pixel of what was looked at. */
function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
