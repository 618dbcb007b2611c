import type { Presentation } from './presentation.ts';
import { deliveryRules } from './rules/delivery-rules.ts';
import { frameRules } from './rules/frame-rules.ts';
import { keyRules } from './rules/key-rules.ts';
import { playlistRules } from './rules/playlist-rules.ts';
import type { Rule } from './rules/rule.ts';
import { streamRules } from './rules/stream-rules.ts';
import { variantRules } from './rules/variant-rules.ts';

export const rules: readonly Rule[] = [
  ...playlistRules,
  ...variantRules,
  ...streamRules,
  ...frameRules,
  ...keyRules,
  ...deliveryRules,
];

export interface Finding {
  rule: Rule;
  outcome: 'ok' | 'violation' | 'warning' | 'not applicable';
  departures: string[];
}

/** What every rule says, in their order. */
export function lint(presentation: Presentation): Finding[] {
  return rules.map((rule) => {
    const departures = rule.check(presentation);
    if (departures === null) return { rule, outcome: 'not applicable', departures: [] };
    const failed = rule.level === 'must' ? 'violation' : 'warning';
    return { rule, outcome: departures.length === 0 ? 'ok' : failed, departures };
  });
}
