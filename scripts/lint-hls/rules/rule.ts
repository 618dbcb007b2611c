import type { Presentation } from '../presentation.ts';

export interface Rule {
  /** Short, stable, kebab-case. */
  id: string;
  /** Where it stands: RFC 8216bis by section; "Apple" is the HLS Authoring Specification for Apple Devices. */
  source: string;
  /** What holds when it is kept. */
  title: string;
  /** What breaks a MUST fails the lint, what breaks a SHOULD is said. */
  level: 'must' | 'should';
  /** @returns departures, each naming what departs; null when there is nothing to look at */
  check(presentation: Presentation): string[] | null;
}

/** Departures of each item; null without items. */
export function each<T>(items: readonly T[], check: (item: T) => (string | false | null)[]): string[] | null {
  if (items.length === 0) return null;
  return items.flatMap((item) => check(item).filter((problem) => typeof problem === 'string'));
}
