import { type Entry, section } from '../catalogue.ts';
import { check, expectHeader, expectRefusal, expectStatus, headerOf, integerOf } from '../expectations.ts';
import { bytes, neighbour } from '../tus.ts';
import { patchExtras } from './patch-extras.ts';

const CUT_LENGTH = 1024 * 1024;
const CUT_AFTER = 512 * 1024;

const patch = section('Requests: PATCH');

export const patchEntries: Entry[] = [
  patch.should('patch.applied', 'bytes are taken at the given offset', async (tus) => {
    const { url, content } = await tus.start(10);
    expectStatus(await tus.patch(url, 10, content.subarray(10, 30)), 200, 204);
    const at = await tus.offset(url);
    check(at === 30, `Upload-Offset: ${at} after 20 bytes at 10`);
  }),
  patch.client('MUST', 'the body has the media type of tus'),
  patch.should('patch.media-type', 'another media type is answered 415', async (tus) => {
    const { url, content } = await tus.create();
    const headers = { 'Content-Type': 'application/octet-stream' };
    expectStatus(await tus.patch(url, 0, content.subarray(0, 10), { headers }), 415);
    check((await tus.offset(url)) === 0, 'a body of another media type was applied');
  }),
  patch.client('MUST', 'the offset of the request is the current one'),
  patch.must('patch.conflict', 'another offset is answered 409 and changes nothing', async (tus) => {
    const { url, content } = await tus.start(20);
    for (const offset of [0, 19, 21, 3000]) {
      expectStatus(await tus.patch(url, offset, content.subarray(offset, offset + 10)), 409);
      const at = await tus.offset(url);
      check(at === 20, `Upload-Offset: ${at} after a conflict at 20`);
    }
  }),
  patch.client('SHOULD', 'all that remains is sent at once'),
  patch.must('patch.no-content', 'success is 204, at the end as well', async (tus) => {
    const { url, content } = await tus.create();
    expectStatus(await tus.patch(url, 0, content.subarray(0, 10)), 204);
    expectStatus(await tus.patch(url, 10, content.subarray(10)), 204);
  }),
  patch.must('patch.offset', 'success names the new offset', async (tus) => {
    const { url, content } = await tus.create();
    headerOf(await tus.patch(url, 0, content.subarray(0, 10)), 'Upload-Offset');
    headerOf(await tus.patch(url, 10, content.subarray(10)), 'Upload-Offset');
  }),
  patch.must('patch.sum', 'the new offset is the old one and the bytes of the body', async (tus) => {
    const { url, content } = await tus.create();
    let at = 0;
    for (const size of [1, 0, 999, 1000, 2000]) {
      const answer = await tus.patch(url, at, content.subarray(at, at + size));
      at += size;
      expectHeader(answer, 'Upload-Offset', String(at));
      check((await tus.offset(url)) === at, `HEAD differs from the ${at} of the PATCH before`);
    }
  }),
  patch.of('MUST', { further: true })(
    'patch.sum-chunked',
    'the same for a body whose size is not known beforehand',
    async (tus) => {
      const { url, content } = await tus.start(10);
      const answer = await tus.patch(url, 10, content.subarray(10, 1010), { chunked: true });
      expectStatus(answer, 204);
      expectHeader(answer, 'Upload-Offset', '1010');
    },
  ),
  patch.should('patch.missing', 'an unknown upload is answered 404', async (tus) => {
    const { url } = await tus.create();
    expectStatus(await tus.patch(neighbour(url), 0, bytes(10)), 404);
  }),
  patch.should('patch.cut', 'an upload outlives a lost connection and can be ended', async (tus) => {
    const { url, content } = await tus.start(1000, { length: CUT_LENGTH });
    const body = content.subarray(1000);
    await tus.cutPatch(url, 1000, { body, sentBytes: CUT_AFTER });
    let at = await tus.offsetAfterCut(url);
    let answer = await tus.patch(url, at, content.subarray(at));
    if ([409, 423].includes(answer.status)) {
      // What was on its way may have been stored after the HEAD.
      at = await tus.offsetAfterCut(url);
      answer = await tus.patch(url, at, content.subarray(at));
    }
    expectStatus(answer, 204);
    check(integerOf(answer, 'Upload-Offset') === CUT_LENGTH, 'the resumed upload did not come to its end');
  }),
  patch.unseen(
    'SHOULD',
    'a timeout is handled by closing the connection',
    'the text sets no bound to the time that a server waits, so that none shows that it waits too long',
  ),
  patch.should('patch.cut-kept', 'bytes that came before a cut are kept', async (tus) => {
    const { url, content } = await tus.create({ length: CUT_LENGTH });
    await tus.cutPatch(url, 0, { body: content, sentBytes: CUT_AFTER });
    const at = await tus.offsetAfterCut(url, (offset) => offset > 0);
    check(at > 0, `nothing was kept of ${CUT_AFTER} bytes that were sent before the cut`);
  }),

  ...patchExtras,
  patch.extra('patch.no-offset', 'a PATCH without an offset is refused', async (tus) => {
    const { url, content } = await tus.create();
    expectRefusal(await tus.patch(url, null, content));
    check((await tus.offset(url)) === 0, 'a PATCH without an offset was applied');
  }),
];
