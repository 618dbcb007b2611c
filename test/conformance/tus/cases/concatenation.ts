import { type Entry, section } from '../catalogue.ts';
import {
  check,
  expectHeader,
  expectNoHeader,
  expectRefusal,
  expectStatus,
  headerOf,
  integerOf,
  skipUnless,
} from '../expectations.ts';
import { base64, neighbour, type Tus } from '../tus.ts';
import { concatenate, createFinal, createPartial, EXTENSION, finalOf, uploadParts } from './partials.ts';

const UNFINISHED = 'concatenation-unfinished';

const concatenation = section('Concatenation', EXTENSION);
const always = section('Concatenation');
const whenUnfinished = { extension: UNFINISHED };

/** A final upload that was asked for while its second part was on its way. */
async function concatenateEarly(tus: Tus): Promise<{ early: string; end: () => Promise<void> }> {
  const [first] = await uploadParts(tus, [100]);
  const last = await createPartial(tus, 50);
  const created = await createFinal(tus, [first?.url ?? '', last.url]);
  expectStatus(created, 201);
  return {
    early: tus.resolve(headerOf(created, 'Location')),
    end: async () => expectStatus(await tus.patch(last.url, 0, last.content), 204),
  };
}

export const concatenationEntries: Entry[] = [
  always.must('concat.announced', 'a server that concatenates says so', async (tus) => {
    const created = await tus.post({ length: 100, headers: { 'Upload-Concat': 'partial' } });
    const location = created.status === 201 ? created.header('Location') : null;
    skipUnless(location !== null, `a partial upload is answered ${created.status}`);
    const echoed = (await tus.head(tus.resolve(location))).header('Upload-Concat');
    skipUnless(echoed !== null, 'an upload that is created as partial does not become one');
    check(await tus.announces(EXTENSION), `a partial upload was created, and ${EXTENSION} is not announced`);
  }),
  concatenation.unseen(
    'SHOULD NOT',
    'partial uploads are not processed by themselves',
    'what a server does with finished uploads is not to be seen from outside',
  ),
  concatenation.must('concat.length', 'the length is the sum of the lengths of the parts', async (tus) => {
    const { url } = await concatenate(tus, [100, 2000, 33]);
    expectHeader(await tus.head(url), 'Upload-Length', '2133');
  }),
  concatenation.client('MUST', 'a final upload is asked for by Upload-Concat'),
  concatenation.client('MUST', 'that request lists the partial uploads'),
  concatenation.must('concat.order', 'the parts are joined as listed', async (tus) => {
    const [first, second, third] = await uploadParts(tus, [100, 2000, 33]);
    check(first !== undefined && second !== undefined && third !== undefined, 'three parts were created');
    // In another order than they were created and sent.
    const parts = [first, third, second];
    const created = await createFinal(
      tus,
      parts.map(({ url }) => url),
    );
    expectStatus(created, 201);
    const read = await tus.read(tus.resolve(headerOf(created, 'Location')));
    check(read.equals(Buffer.concat(parts.map(({ content }) => content))), 'other bytes came back');
  }),
  concatenation.client('SHOULD', 'the parts are finished before'),
  concatenation.client('MUST NOT', 'that request names no length'),
  concatenation.must(
    'concat.unfinished-announced',
    'parts are taken early only where announced',
    async (tus) => {
      const [first] = await uploadParts(tus, [100]);
      const unfinished = await createPartial(tus, 50);
      const created = await createFinal(tus, [first?.url ?? '', unfinished.url]);
      if (await tus.announces(UNFINISHED)) expectStatus(created, 201);
      else expectRefusal(created, 'an unfinished part');
    },
  ),
  concatenation.of('SHALL NOT')('concat.metadata', 'metadata of parts are not taken over', async (tus) => {
    const parts = await uploadParts(tus, [100, 50], `filename ${base64('part.pdf')},part-note YQ==`);
    const metadata = `filename ${base64('whole.pdf')}`;
    const created = await createFinal(
      tus,
      parts.map(({ url }) => url),
      metadata,
    );
    expectStatus(created, 201);
    expectHeader(await tus.head(tus.resolve(headerOf(created, 'Location'))), 'Upload-Metadata', metadata);
  }),
  concatenation.client('SHOULD', 'that request has all metadata'),
  concatenation.must('concat.patch', 'a PATCH of a final upload is answered 403', async (tus) => {
    const { url } = await concatenate(tus, [100, 50]);
    for (const offset of [0, 150]) expectStatus(await tus.patch(url, offset, Buffer.from('more')), 403);
  }),
  concatenation.of('MUST NOT')(
    'concat.unchanged',
    'such a PATCH changes neither it nor its parts',
    async (tus) => {
      const { url, parts } = await concatenate(tus, [100, 50]);
      for (const offset of [0, 150]) await tus.patch(url, offset, Buffer.from('more'));
      const answer = await tus.head(url);
      expectHeader(answer, 'Upload-Offset', '150');
      expectHeader(answer, 'Upload-Length', '150');
      for (const part of parts) {
        const head = await tus.head(part.url);
        // The server may have removed them.
        if (head.status < 300) expectHeader(head, 'Upload-Offset', String(part.content.length));
      }
    },
  ),
  concatenation.of('SHOULD NOT', whenUnfinished)(
    'concat.early-offset',
    'a final upload has no offset before it is joined',
    async (tus) => {
      const { early, end } = await concatenateEarly(tus);
      expectNoHeader(await tus.head(early), 'Upload-Offset');
      await end();
      headerOf(await tus.head(early), 'Upload-Offset');
    },
  ),
  concatenation.must('concat.joined', 'a final upload that is joined has offset and length', async (tus) => {
    const { url } = await concatenate(tus, [100, 50]);
    const answer = await tus.head(url);
    expectStatus(answer, 200, 204);
    integerOf(answer, 'Upload-Offset');
    integerOf(answer, 'Upload-Length');
  }),
  concatenation.must('concat.joined-equal', 'the two are equal', async (tus) => {
    const { url } = await concatenate(tus, [100, 50]);
    const answer = await tus.head(url);
    expectHeader(answer, 'Upload-Offset', headerOf(answer, 'Upload-Length'));
  }),
  concatenation.must('concat.partial-offset', 'HEAD of a partial upload has an offset', async (tus) => {
    const { url, content } = await createPartial(tus, 100);
    expectHeader(await tus.head(url), 'Upload-Offset', '0');
    await tus.patch(url, 0, content.subarray(0, 10));
    expectHeader(await tus.head(url), 'Upload-Offset', '10');
  }),
  concatenation.must('concat.known-length', 'the length is given as soon as it can be known', async (tus) => {
    const { url } = await createPartial(tus, 100);
    expectHeader(await tus.head(url), 'Upload-Length', '100');
    if (await tus.announces(UNFINISHED)) {
      const { early } = await concatenateEarly(tus);
      expectHeader(await tus.head(early), 'Upload-Length', '150');
    } else {
      const { url: joined } = await concatenate(tus, [100, 50]);
      expectHeader(await tus.head(joined), 'Upload-Length', '150');
    }
  }),
  concatenation.must('concat.head', 'HEAD gives Upload-Concat as it was sent', async (tus) => {
    const { url, parts } = await concatenate(tus, [100, 50]);
    const partial = await createPartial(tus, 100);
    expectHeader(await tus.head(partial.url), 'Upload-Concat', 'partial');
    expectHeader(await tus.head(url), 'Upload-Concat', finalOf(parts.map((part) => part.url)));
  }),

  concatenation.extra('concat.relative', 'parts can be listed by their paths alone', async (tus) => {
    const parts = await uploadParts(tus, [100, 50]);
    const created = await createFinal(
      tus,
      parts.map(({ url }) => new URL(url).pathname),
    );
    expectStatus(created, 201);
    expectHeader(await tus.head(tus.resolve(headerOf(created, 'Location'))), 'Upload-Length', '150');
  }),
  concatenation.extra('concat.missing-part', 'a part that does not exist is refused', async (tus) => {
    const [part] = await uploadParts(tus, [100]);
    const url = part?.url ?? '';
    expectRefusal(await createFinal(tus, [url, neighbour(url)]), 'a part that does not exist');
  }),
  concatenation.extra('concat.no-parts', 'a final upload of nothing is refused', async (tus) => {
    await tus.create();
    for (const value of ['final;', 'final', 'last;a b', 'final; '])
      expectRefusal(await tus.post({ headers: { 'Upload-Concat': value } }), `Upload-Concat: ${value}`);
  }),
];
