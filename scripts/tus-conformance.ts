/**
 * `npm run conformance:tus -- <creation URL>`: asks any tus server everything that tus 1.0.0 requires of one.
 * Options: `--header 'Name: value'` (repeatable), `--strict`, `--only <beginning of an id>`,
 * `--expiry-wait <seconds>`, and `--coverage`, which prints docs/tus-conformance.md instead.
 */
import { parseArgs } from 'node:util';
import { cases, entries } from '../test/conformance/tus/cases.ts';
import { countLines, coveragePage, outcomeLines } from '../test/conformance/tus/report.ts';
import { type Outcome, runCase } from '../test/conformance/tus/runner.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    header: { type: 'string', multiple: true, default: [] },
    strict: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    'expiry-wait': { type: 'string', default: '0' },
    coverage: { type: 'boolean', default: false },
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

async function run(creationUrl: string): Promise<number> {
  const { strict } = values;
  const options = {
    creationUrl,
    headers: headers(),
    strict,
    expiryWaitMs: Number(values['expiry-wait']) * 1000,
  };
  const outcomes: Outcome[] = [];
  for (const one of cases.filter(({ id }) => id.startsWith(values.only))) {
    const outcome = await runCase(one, options);
    outcomes.push(outcome);
    console.log(outcomeLines(outcome).join('\n'));
  }
  console.log(['', ...countLines(outcomes)].join('\n'));
  return outcomes.some(({ result }) => result === 'fail') ? 1 : 0;
}

const [creationUrl] = positionals;
if (values.coverage) process.stdout.write(coveragePage(entries));
else if (creationUrl !== undefined && URL.canParse(creationUrl)) process.exitCode = await run(creationUrl);
else {
  console.error("usage: npm run conformance:tus -- <creation URL> [--header 'Name: value'] [--strict]");
  process.exitCode = 2;
}
