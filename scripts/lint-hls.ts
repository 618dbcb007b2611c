/**
 * `npm run lint:hls -- <URL of a multivariant playlist, or a directory with master.m3u8>`: reads all that it
 * leads to and says of every rule whether it is kept. Exit code 1 when a MUST is broken, with `--strict` also
 * for a SHOULD. Options: `--header 'Name: value'` (repeatable), `--max-segments <of each rendition>`, `--json`.
 */
import { parseArgs } from 'node:util';
import { lint } from './lint-hls/lint.ts';
import { loadPresentation } from './lint-hls/load-presentation.ts';
import { reportLines } from './lint-hls/report.ts';
import { directoryReader, httpReader } from './lint-hls/resource.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    header: { type: 'string', multiple: true, default: [] },
    'max-segments': { type: 'string', default: '3000' },
    strict: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

function headers(): Record<string, string> {
  return Object.fromEntries(
    values.header.map((header) => {
      const colon = header.indexOf(':');
      return [header.slice(0, colon).trim(), header.slice(colon + 1).trim()];
    }),
  );
}

async function open(target: string) {
  const options = { maxSegments: Number(values['max-segments']) };
  if (/^https?:/.test(target)) {
    const url = new URL(target);
    return loadPresentation(url, httpReader(headers(), url), options);
  }
  const { read, base } = await directoryReader(target);
  return loadPresentation(new URL('master.m3u8', base), read, options);
}

const [target] = positionals;
if (target === undefined) {
  console.error(
    'usage: npm run lint:hls -- <URL or directory> [--header …] [--max-segments n] [--strict] [--json]',
  );
  process.exitCode = 2;
} else {
  const findings = lint(await open(target));
  if (values.json) {
    const rows = findings.map(({ rule, ...rest }) => ({ id: rule.id, source: rule.source, ...rest }));
    console.log(JSON.stringify(rows, null, 2));
  } else console.log(reportLines(findings).join('\n'));
  const failing = values.strict ? ['violation', 'warning'] : ['violation'];
  process.exitCode = findings.some(({ outcome }) => failing.includes(outcome)) ? 1 : 0;
}
