import { type Entry, section } from '../catalogue.ts';
import { check, expectHeader, expectRefusal, expectStatus, headerOf, skipUnless } from '../expectations.ts';
import { base64 } from '../tus.ts';
import { deferPostEntries } from './defer-length.ts';

const creation = section('Creation');
const post = section('Creation: POST');

export const creationEntries: Entry[] = [
  creation.should('creation.offered', 'uploads can be created', async (tus) => {
    check(await tus.announces('creation'), 'Tus-Extension has no creation');
  }),
  creation.must('creation.announced', 'a server that creates uploads says so', async (tus) => {
    const { status } = await tus.post({ length: 4000 });
    skipUnless(status === 201, `a creation is answered ${status}`);
    check(await tus.announces('creation'), 'an upload was created, and creation is not announced');
  }),
];

export const postEntries: Entry[] = [
  post.client('MUST', 'an upload is asked for by POST'),
  post.client('MUST', 'the request names a length, or that it comes later'),
  ...deferPostEntries,
  post.must('creation.metadata', 'HEAD gives the metadata as they were specified', async (tus) => {
    const metadata = `filename ${base64('conformance.pdf')},note ${base64('Grüße, 世界')}`;
    const { url } = await tus.create({ metadata });
    expectHeader(await tus.head(url), 'Upload-Metadata', metadata);
  }),
  post.must('creation.too-large', 'a length beyond the maximum is answered 413', async (tus) => {
    const maximum = Number((await tus.ask()).header('Tus-Max-Size') ?? Infinity);
    skipUnless(maximum < Number.MAX_SAFE_INTEGER, 'no largest size is announced');
    await tus.create();
    expectStatus(await tus.post({ length: maximum + 1 }), 413);
  }),
  post.must('creation.created', 'success is 201', async (tus) => {
    const { created } = await tus.create();
    expectStatus(created, 201);
  }),
  post.must('creation.location', 'Location leads to the upload', async (tus) => {
    const { url, created } = await tus.create({ length: 4321 });
    headerOf(created, 'Location');
    const answer = await tus.head(url);
    expectStatus(answer, 200, 204);
    expectHeader(answer, 'Upload-Length', '4321');
  }),
  post.client('MUST', 'the bytes are sent by the core protocol'),

  post.extra('creation.no-length', 'a POST with neither length is refused', async (tus) => {
    await tus.create();
    expectRefusal(await tus.post({ length: null }));
  }),
  post.extra('creation.both-lengths', 'a POST with both lengths is refused', async (tus) => {
    await tus.create();
    expectRefusal(await tus.post({ length: 4000, headers: { 'Upload-Defer-Length': '1' } }));
  }),
  post.extra('creation.bad-length', 'a length that is no integer is refused', async (tus) => {
    await tus.create();
    for (const length of ['-1', '1.5', '0x10', '1e3', '+5', 'many', '1'.padEnd(400, '0')])
      expectRefusal(await tus.post({ length }), `Upload-Length: ${length}`);
  }),
];
