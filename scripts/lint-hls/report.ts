import type { Finding } from './lint.ts';

const marks = { ok: 'ok', violation: 'VIOLATION', warning: 'warning', 'not applicable': '–' };
/** Of one rule: a thousand segments may depart alike. */
const maxDepartures = 5;

/** A table of all rules, and under each that is not kept what departs from it. */
export function reportLines(findings: readonly Finding[]): string[] {
  const width = Math.max(...findings.map(({ rule }) => rule.source.length));
  const lines = findings.flatMap(({ rule, outcome, departures }) => [
    `${marks[outcome].padEnd(10)} ${rule.source.padEnd(width)}  ${rule.title} (${rule.id})`,
    ...departures.slice(0, maxDepartures).map((departure) => `${' '.repeat(13)}${departure}`),
    ...(departures.length > maxDepartures
      ? [`${' '.repeat(13)}and ${departures.length - maxDepartures} more`]
      : []),
  ]);
  const count = (wanted: Finding['outcome']) => findings.filter(({ outcome }) => outcome === wanted).length;
  return [
    ...lines,
    '',
    `${count('ok')} ok, ${count('violation')} violated, ${count('warning')} warnings, ` +
      `${count('not applicable')} not applicable`,
  ];
}
