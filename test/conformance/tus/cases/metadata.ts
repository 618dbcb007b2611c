import { type Entry, section } from '../catalogue.ts';
import { check, expectNoHeader, expectRefusal, headerOf } from '../expectations.ts';
import { base64, type Tus } from '../tus.ts';

const SENT = { filename: base64('conformance.pdf'), empty: '', note: base64('Grüße') };
const SENT_HEADER = `filename ${SENT.filename},empty,note ${SENT.note}`;
const SMUGGLED = 'X-Smuggled';
/** What would end a header, or a string of C, when taken over into another one as it is. */
const CONTROLS = [
  `a\r\n${SMUGGLED}: 1.pdf`,
  `a\n${SMUGGLED}: 1.pdf`,
  `a\r\n\r\n<script>.pdf`,
  'a\0.pdf',
  'a\u007F\u0001.pdf',
];
/** Legal names that must not break a header either. */
const AWKWARD = ['"; filename=b.html;".pdf', 'Ünïcödé 世界 🏖.pdf', '../../etc/passwd', 'a\u2028b.pdf'];

const metadata = section('Creation: Upload-Metadata');

interface Pair {
  key: string;
  value: string;
  spaces: number;
}

/** The pairs of the header in the answer to HEAD, after three were sent, one of them without a value. */
async function echoed(tus: Tus): Promise<Pair[]> {
  const { url } = await tus.create({ metadata: SENT_HEADER });
  return headerOf(await tus.head(url), 'Upload-Metadata')
    .split(',')
    .map((pair) => {
      const [key = '', ...rest] = pair.trim().split(' ');
      return { key, value: rest.join(' '), spaces: rest.length };
    });
}

function show(pairs: Pair[]): string {
  return `Upload-Metadata: ${pairs.map(({ key, value }) => `[${key}] [${value}]`).join(', ')}`;
}

async function expectPairsRefused(tus: Tus, headers: string[]): Promise<void> {
  await tus.create();
  for (const header of headers)
    expectRefusal(await tus.post({ length: 4000, metadata: header }), `Upload-Metadata: ${header}`);
}

export const metadataEntries: Entry[] = [
  metadata.must('metadata.pairs', 'an answer has the pairs, separated by commas', async (tus) => {
    const pairs = await echoed(tus);
    check(pairs.length === Object.keys(SENT).length, show(pairs));
  }),
  metadata.must('metadata.separator', 'one space stands between key and value', async (tus) => {
    const pairs = await echoed(tus);
    check(
      pairs.every(({ value, spaces }) => spaces === 1 || (spaces === 0 && value === '')),
      show(pairs),
    );
  }),
  metadata.of('MUST NOT')('metadata.key-characters', 'no key has a space or a comma', async (tus) => {
    const pairs = await echoed(tus);
    // One would fall apart into other keys than were sent.
    check(
      pairs.every(({ key }) => key === '' || key in SENT),
      show(pairs),
    );
  }),
  metadata.of('MUST NOT')('metadata.key-empty', 'no key is empty', async (tus) => {
    const pairs = await echoed(tus);
    check(
      pairs.every(({ key }) => key !== ''),
      show(pairs),
    );
  }),
  metadata.should('metadata.key-ascii', 'keys are ASCII', async (tus) => {
    const pairs = await echoed(tus);
    check(
      pairs.every(({ key }) => /^[\x21-\x7E]*$/.test(key)),
      show(pairs),
    );
  }),
  metadata.must('metadata.base64', 'values are Base64', async (tus) => {
    const pairs = await echoed(tus);
    check(
      pairs.every(({ value }) => Buffer.from(value, 'base64').toString('base64') === value),
      show(pairs),
    );
  }),
  metadata.must('metadata.unique', 'no key comes twice', async (tus) => {
    const pairs = await echoed(tus);
    check(new Set(pairs.map(({ key }) => key)).size === pairs.length, show(pairs));
  }),
  metadata.should(
    'metadata.smuggling',
    'no value gets into a header of its own, or breaks one',
    async (tus) => {
      for (const value of [...CONTROLS, ...AWKWARD]) {
        const header = `filename ${base64(value)},filetype ${base64(`application/pdf${value}`)}`;
        await tus.create();
        const created = await tus.post({ length: 100, metadata: header });
        const answers = [created];
        const location = created.status === 201 ? created.header('Location') : null;
        if (location !== null) {
          const url = tus.resolve(location);
          answers.push(await tus.head(url), await tus.patch(url, 0, Buffer.alloc(100, '%PDF-1.7\n')));
          answers.push(await tus.head(url), await tus.send('GET', url));
        }
        for (const answer of answers) {
          const what = `${answer.asked} for the file name ${JSON.stringify(value)}`;
          check(answer.status < 500, `${what}: ${answer.status}`);
          expectNoHeader(answer, SMUGGLED);
        }
      }
    },
  ),

  metadata.extra('metadata.controls', 'control characters in a file name are refused', async (tus) => {
    await tus.create();
    for (const value of CONTROLS) {
      const header = `filename ${base64(value)}`;
      expectRefusal(await tus.post({ length: 4000, metadata: header }), `the name ${JSON.stringify(value)}`);
    }
  }),
  metadata.extra('metadata.no-key', 'a pair without a key is refused', (tus) =>
    expectPairsRefused(tus, [`filename ${SENT.filename},`, `filename ${SENT.filename},,note YQ==`]),
  ),
  metadata.extra('metadata.key-twice', 'a key that comes twice is refused', (tus) =>
    expectPairsRefused(tus, [`filename ${SENT.filename},filename ${SENT.filename}`, 'note YQ==,note Yg==']),
  ),
  metadata.extra('metadata.bad-base64', 'a value that is no Base64 is refused', (tus) =>
    expectPairsRefused(tus, ['filename !!!!', 'filename a.pdf', 'note YQ==YQ==']),
  ),
  metadata.extra('metadata.two-spaces', 'a pair of three parts is refused', (tus) =>
    expectPairsRefused(tus, [`filename ${SENT.filename} YQ==`]),
  ),
];
