import { type Entry, section } from '../catalogue.ts';
import { check, expectHeader, expectStatus, integerOf, skipUnless } from '../expectations.ts';
import { bytes } from '../tus.ts';

const EXTENSION = 'creation-with-upload';

const withUpload = section('Creation With Upload', EXTENSION);
const always = section('Creation With Upload');

export const creationWithUploadEntries: Entry[] = [
  always.must('with-upload.announced', 'a server that takes bytes with the POST says so', async (tus) => {
    const { created } = await tus.create({ body: bytes(100) });
    skipUnless(Number(created.header('Upload-Offset') ?? 0) > 0, 'bytes in a POST are not taken');
    check(await tus.announces(EXTENSION), `bytes in a POST were taken, and ${EXTENSION} is not announced`);
  }),
  withUpload.of('MUST NOT')('with-upload.creation', 'it is not offered without creation', async (tus) => {
    check(await tus.announces('creation'), `${EXTENSION} is announced without creation`);
  }),
  withUpload.client('MUST', 'the body has the media type of tus'),
  withUpload.should('with-upload.all', 'all bytes of the body are taken', async (tus) => {
    const { url } = await tus.create({ body: bytes(1000) });
    const at = await tus.offset(url);
    check(at === 1000, `Upload-Offset: ${at} after a POST with 1000 bytes`);
  }),
  withUpload.must('with-upload.offset', 'the answer names the offset', async (tus) => {
    const { created } = await tus.create({ body: bytes(1000) });
    integerOf(created, 'Upload-Offset');
  }),
  withUpload.must('with-upload.offset-value', 'that offset is the one of the upload', async (tus) => {
    const { url, created } = await tus.create({ body: bytes(1000) });
    expectHeader(await tus.head(url), 'Upload-Offset', String(integerOf(created, 'Upload-Offset')));
  }),
  withUpload.client('SHOULD', 'the extension is looked for before it is used'),
  withUpload.client('SHOULD', 'the first bytes wait for 100 Continue'),

  withUpload.extra('with-upload.whole', 'a POST can carry the whole upload', async (tus) => {
    const { url } = await tus.create({ length: 4000, body: bytes(4000) });
    expectHeader(await tus.head(url), 'Upload-Offset', '4000');
  }),
  withUpload.extra('with-upload.resumed', 'what a POST left can be sent by PATCH', async (tus) => {
    const { url, created, content } = await tus.create({ body: bytes(1000) });
    const at = integerOf(created, 'Upload-Offset');
    const answer = await tus.patch(url, at, content.subarray(at));
    expectStatus(answer, 204);
    expectHeader(answer, 'Upload-Offset', '4000');
  }),
  withUpload.extra('with-upload.continue', 'who expects 100 Continue gets it', async (tus) => {
    const { created } = await tus.create({ body: bytes(1000), headers: { Expect: '100-continue' } });
    check(created.continued, 'the POST was answered without 100 Continue');
  }),
  withUpload.extra('with-upload.media-type', 'a body of another media type is not taken', async (tus) => {
    await tus.create();
    const headers = { 'Content-Type': 'application/json' };
    const created = await tus.post({ length: 4000, body: bytes(1000), headers });
    check(created.status < 500, `a POST with application/json: ${created.status}`);
    const location = created.status === 201 ? created.header('Location') : null;
    if (location !== null) expectHeader(await tus.head(tus.resolve(location)), 'Upload-Offset', '0');
  }),
];
