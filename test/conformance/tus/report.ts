import { type Entry, isCase, type Level } from './catalogue.ts';
import type { Outcome } from './runner.ts';

const LEVELS: Level[] = ['MUST', 'MUST NOT', 'SHALL NOT', 'SHOULD', 'SHOULD NOT', 'EXTRA'];
const RESULTS = ['pass', 'fail', 'warn', 'skip'] as const;

/** A line for each case, with what was seen below it where it is no pass. */
export function outcomeLines({ case: one, result, detail }: Outcome): string[] {
  const line = [one.section.padEnd(35), one.level.padEnd(10), result.toUpperCase().padEnd(4), one.requires];
  return [
    line.join('  '),
    ...(detail === '' ? [] : [`${' '.repeat(47)}${result === 'skip' ? '' : '→ '}${detail} [${one.id}]`]),
  ];
}

export function countLines(outcomes: Outcome[]): string[] {
  const row = (name: string, of: Outcome[]): string => {
    const numbers = RESULTS.map((result) => of.filter((outcome) => outcome.result === result).length);
    return [name.padEnd(10), ...numbers.map((number) => String(number).padStart(5))].join(' ');
  };
  return [
    `${' '.repeat(10)} ${RESULTS.map((result) => result.padStart(5)).join(' ')}`,
    ...LEVELS.map((level) =>
      row(
        level,
        outcomes.filter((outcome) => outcome.case.level === level),
      ),
    ),
    row('all', outcomes),
  ];
}

/** The page that says of each requirement by which case it is held, or why by none. */
export function coveragePage(entries: Entry[]): string {
  const held = entries.filter((entry) => isCase(entry));
  const required = entries.filter((entry) => !isCase(entry) || !entry.further);
  const without = required.filter((entry) => !isCase(entry));
  const count = (some: Entry[]): string => String(some.length);
  const intro = `# Conformance with tus 1.0.0

\`test/conformance/tus\` is a test suite for any server of the resumable upload protocol
[tus 1.0.0](https://tus.io/protocols/resumable-upload): ${count(held)} cases over HTTP alone.

\`\`\`sh
npm run conformance:tus -- https://example.org/files --header 'Authorization: Bearer …' --strict
\`\`\`

The text has ${count(required)} requirements for Client and Server (MUST, MUST NOT, SHALL NOT, SHOULD,
SHOULD NOT; proposals such as Challenge are no part of 1.0.0). ${count(required.filter((entry) => isCase(entry)))} of them are held by a case each, ${count(without)} by none,
for the reason given. Level EXTRA is for what the text leaves open and a careful server settles, and for what
it implies elsewhere; further cases of a requirement are marked with +.

- A case whose extension the server does not announce is skipped, and so is one that can not be asked there
  (no way to read the bytes back, no expiry within the time given by \`--expiry-wait\`).
- The exit code is 1 when a MUST, MUST NOT or SHALL NOT is broken. With \`--strict\` every failure counts.
- \`--only id\` runs the cases whose id begins so. Uploads are terminated afterwards where the server lets one.
- Files begin with the head of a PDF, for servers that look at types.

This page is made from the cases by \`npm run conformance:tus -- --coverage > docs/tus-conformance.md\`.
`;
  return `${intro}${[...Map.groupBy(entries, ({ section }) => section)].map(([name, some]) => sectionOf(name, some)).join('')}`;
}

function sectionOf(name: string, entries: Entry[]): string {
  const rows = entries.map((entry) => [
    isCase(entry) && entry.further && entry.level !== 'EXTRA' ? `${entry.level} +` : entry.level,
    entry.requires,
    isCase(entry) ? `\`${entry.id}\`` : `none: ${entry.reason}`,
  ]);
  return `\n## ${name}\n\n${table([['level', 'requirement', 'case'], ...rows])}`;
}

function table([head = [], ...rows]: string[][]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (cells: string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |\n`;
  return [head, widths.map((width) => '-'.repeat(width)), ...rows].map((row) => line(row)).join('');
}
