import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isCase } from './catalogue.ts';
import { cases, entries } from './cases.ts';
import { faults } from './reference/all-faults.ts';
import { type Served, serve } from './reference/http.ts';
import { FILES, ReferenceTus, TOKEN } from './reference/reference-tus.ts';
import { status, type Wrapper } from './reference/wrapping.ts';
import { coveragePage } from './report.ts';
import { type Outcome, runCase } from './runner.ts';

/** How often the text of 2016-03-25 says MUST, MUST NOT, SHALL NOT, SHOULD or SHOULD NOT, section by section. */
const KEYWORDS = {
  'Core Protocol': 1,
  'Headers: Upload-Offset': 1,
  'Headers: Upload-Length': 1,
  'Headers: Tus-Version': 2,
  'Headers: Tus-Resumable': 5,
  'Headers: Tus-Extension': 2,
  'Headers: Tus-Max-Size': 2,
  'Headers: X-HTTP-Method-Override': 4,
  'Requests: HEAD': 4,
  'Requests: PATCH': 13,
  'Requests: OPTIONS': 3,
  'Protocol Extensions': 1,
  Creation: 2,
  'Creation: Upload-Defer-Length': 2,
  'Creation: Upload-Metadata': 8,
  'Creation: POST': 11,
  'Creation With Upload': 8,
  Expiration: 1,
  'Expiration: Upload-Expires': 7,
  Checksum: 9,
  'Checksum: Tus-Checksum-Algorithm': 1,
  'Checksum: Upload-Checksum': 1,
  Termination: 1,
  'Termination: DELETE': 3,
  Concatenation: 19,
  'Concatenation: Upload-Concat': 4,
};

/** Asked only of a server whose uploads expire within the test. */
const EXPIRING = 'expiration.gone';

async function runAll(served: Served, chosen: readonly (typeof cases)[number][] = cases): Promise<Outcome[]> {
  const options = {
    creationUrl: served.origin + FILES,
    headers: { Authorization: TOKEN },
    strict: true,
    settleMs: 2000,
  };
  return Promise.all(chosen.map((one) => runCase(one, options)));
}

function idsOf(outcomes: Outcome[], result: Outcome['result']): string[] {
  return outcomes.filter((outcome) => outcome.result === result).map((outcome) => outcome.case.id);
}

describe('the cases', () => {
  it('have an entry for each requirement of the text', () => {
    const required = entries.filter((entry) => !isCase(entry) || !entry.further);
    const counts = [...Map.groupBy(required, ({ section }) => section)].map(([name, some]) => [
      name,
      some.length,
    ]);
    expect(Object.fromEntries(counts)).toEqual(KEYWORDS);
  });

  it('have ids of their own', () => {
    expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length);
  });

  it('are those of docs/tus-conformance.md', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/tus-conformance.md'), 'utf8');
    expect(page).toBe(coveragePage(entries));
  });
});

describe('a right server', () => {
  let served: Served;
  beforeAll(async () => {
    served = await serve(new ReferenceTus().handle);
  });
  afterAll(() => served.close());

  it('passes them all', async () => {
    const outcomes = await runAll(served);
    expect(outcomes.filter(({ result }) => result === 'fail')).toEqual([]);
    expect(idsOf(outcomes, 'skip')).toEqual([EXPIRING]);
  });
});

describe('a server with a fault', () => {
  /** The cases that are to find a fault, and a quarter of the others, which are to find nothing. */
  const casesFor = ({ finds, name }: { finds: readonly string[]; name: string }) =>
    cases.filter(({ id }, at) => finds.includes(id) || at % 4 === name.length % 4);

  it.concurrent.each(faults)(
    'is caught when $name',
    async ({ name, finds, andMore, wrap, refusesExpectations }) => {
      const served = await serve(wrap(new ReferenceTus().handle), { refusesExpectations });
      try {
        const failed = idsOf(await runAll(served, casesFor({ name, finds })), 'fail');
        if (andMore) expect(failed).toEqual(expect.arrayContaining(finds));
        else expect(failed).toEqual(finds);
      } finally {
        await served.close();
      }
    },
  );

  it('is caught by each case, under one fault or another', () => {
    const found = new Set([...faults.flatMap(({ finds }) => finds), EXPIRING]);
    expect(cases.map(({ id }) => id).filter((id) => !found.has(id))).toEqual([]);
  });
});

describe('uploads that expire', () => {
  const answered: [string, Wrapper, Outcome['result']][] = [
    ['410', (next) => next, 'pass'],
    ['404', status((current) => (current === 410 ? 404 : undefined)), 'pass'],
    ['403', status((current) => (current === 410 ? 403 : undefined)), 'fail'],
  ];
  it.concurrent.each(answered)('answered %s afterwards', async (_, wrap, expected) => {
    const served = await serve(wrap(new ReferenceTus(1500).handle));
    const options = { creationUrl: served.origin + FILES, headers: { Authorization: TOKEN }, strict: true };
    const gone = cases.filter(({ id }) => id === EXPIRING);
    const [outcome] = await Promise.all(gone.map((one) => runCase(one, { ...options, expiryWaitMs: 3000 })));
    await served.close();
    expect(outcome?.result).toBe(expected);
  });
});
