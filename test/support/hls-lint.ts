import { lint } from '../../scripts/lint-hls/lint.ts';
import { loadPresentation } from '../../scripts/lint-hls/load-presentation.ts';
import { directoryReader } from '../../scripts/lint-hls/resource.ts';

/** What follows from the fast presets of tests, and from sources of one colour. */
const ofTests = new Set(['high-profile', 'peak-ratio']);

/**
 * Checks an HLS directory by every rule of the linter.
 * @returns departures, empty when all is well
 */
export async function lintHls(directory: string): Promise<string[]> {
  const { read, base } = await directoryReader(directory);
  const presentation = await loadPresentation(new URL('master.m3u8', base), read, { maxSegments: 1000 });
  return lint(presentation)
    .filter(({ rule }) => !ofTests.has(rule.id))
    .flatMap(({ rule, departures }) => departures.map((departure) => `${rule.id}: ${departure}`));
}
