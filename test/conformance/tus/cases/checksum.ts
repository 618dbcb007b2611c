import { type Entry, section } from '../catalogue.ts';
import { check, expectHeader, expectStatus, headerOf, listOf, skipUnless } from '../expectations.ts';
import type { Tus, Upload } from '../tus.ts';
import { checksumOf, sha1Of } from './digests.ts';

const EXTENSION = 'checksum';
const TRAILERS = 'checksum-trailer';
const OTHER_BYTES = Buffer.from('other bytes');
const UNSUPPORTED = 'nobodys-algorithm YQ==';
const MALFORMED = ['sha1', 'sha1 ????', 'sha1 YQ==', 'sha1=YQ==', 'YQ=='];

const checksum = section('Checksum', EXTENSION);
const always = section('Checksum');
const algorithmHeader = section('Checksum: Tus-Checksum-Algorithm', EXTENSION);
const checksumHeader = section('Checksum: Upload-Checksum', EXTENSION);

/** An upload at 10, after pieces with this checksum were sent: one from its middle, one to its end. */
async function sendInVain(tus: Tus, sum: string): Promise<Upload> {
  const upload = await tus.start(10);
  for (const end of [20, 4000]) {
    const headers = { 'Upload-Checksum': sum };
    const { status, asked } = await tus.patch(upload.url, 10, upload.content.subarray(10, end), { headers });
    check(status >= 400, `${asked} with the checksum of other bytes, ${sum}: ${status}`);
  }
  return upload;
}

export const checksumEntries: Entry[] = [
  always.must('checksum.announced', 'a server that verifies checksums says so', async (tus) => {
    const { url, content } = await tus.create();
    const headers = { 'Upload-Checksum': sha1Of(OTHER_BYTES) };
    const { status } = await tus.patch(url, 0, content.subarray(0, 10), { headers });
    const listed = (await tus.ask()).header('Tus-Checksum-Algorithm') !== null;
    skipUnless(listed || status === 460, 'checksums are not looked at');
    check(await tus.announces(EXTENSION), `checksums are verified, and ${EXTENSION} is not announced`);
  }),
  checksum.must('checksum.verified', 'a body is verified, by each announced algorithm', async (tus) => {
    for (const algorithm of listOf(await tus.ask(), 'Tus-Checksum-Algorithm')) {
      const { url, content } = await tus.create();
      const body = content.subarray(0, 10);
      const [wrong, right] = [checksumOf(algorithm, OTHER_BYTES), checksumOf(algorithm, body)];
      if (wrong === null || right === null) continue;
      const { status } = await tus.patch(url, 0, body, { headers: { 'Upload-Checksum': wrong } });
      check(status >= 400, `a PATCH with a wrong ${algorithm}: ${status}`);
      expectStatus(await tus.patch(url, 0, body, { headers: { 'Upload-Checksum': right } }), 204);
    }
  }),
  checksum.must('checksum.discarded', 'a refused piece leaves no bytes behind', async (tus) => {
    const { url, content } = await sendInVain(tus, sha1Of(OTHER_BYTES));
    const body = content.subarray(10);
    const refused = Buffer.alloc(body.length, 'x');
    for (const sum of [sha1Of(OTHER_BYTES), UNSUPPORTED])
      await tus.patch(url, 10, refused, { headers: { 'Upload-Checksum': sum } });
    const answer = await tus.patch(url, 10, body, { headers: { 'Upload-Checksum': sha1Of(body) } });
    expectStatus(answer, 204);
    expectHeader(answer, 'Upload-Offset', '4000');
  }),
  checksum.of('MUST NOT')('checksum.offset', 'a refused piece moves no offset', async (tus) => {
    for (const sum of [sha1Of(OTHER_BYTES), UNSUPPORTED]) {
      const { url } = await sendInVain(tus, sum);
      expectHeader(await tus.head(url), 'Upload-Offset', '10');
    }
  }),
  checksum.must('checksum.sha1', 'sha1 is supported', async (tus) => {
    const algorithms = listOf(await tus.ask(), 'Tus-Checksum-Algorithm');
    check(algorithms.includes('sha1'), `Tus-Checksum-Algorithm: ${algorithms.join(',')}`);
    const { url, content } = await tus.create();
    const headers = { 'Upload-Checksum': sha1Of(content) };
    expectStatus(await tus.patch(url, 0, content, { headers }), 204);
  }),
  checksum.must('checksum.names', 'algorithms are named in ASCII without capitals', async (tus) => {
    for (const name of listOf(await tus.ask(), 'Tus-Checksum-Algorithm'))
      check(/^[\x21-\x40\x5B-\x7E]+$/.test(name), `Tus-Checksum-Algorithm: ${name}`);
  }),
  checksum.must('checksum.algorithms', 'OPTIONS names the algorithms', async (tus) => {
    headerOf(await tus.ask(), 'Tus-Checksum-Algorithm');
  }),
  checksum.must('checksum.trailer-announced', 'a server that reads trailers says so', async (tus) => {
    const { url, content } = await tus.create();
    const trailers = { 'Upload-Checksum': sha1Of(OTHER_BYTES) };
    const { status } = await tus.patch(url, 0, content.subarray(0, 10), { trailers });
    skipUnless(status === 460, `a wrong checksum in a trailer is answered ${status}`);
    check(await tus.announces(TRAILERS), `trailers are read, and ${TRAILERS} is not announced`);
  }),
  checksum.client('MUST', 'a trailer is named in the header Trailer'),
  algorithmHeader.must('checksum.list', 'the algorithms are a comma-separated list', async (tus) => {
    const value = headerOf(await tus.ask(), 'Tus-Checksum-Algorithm');
    check(/^[^\s,]+(\s*,\s*[^\s,]+)*$/.test(value), `Tus-Checksum-Algorithm: ${value}`);
  }),
  checksumHeader.client('MUST', 'the header is an algorithm and a sum in Base64'),

  always.extra(
    'checksum.never-wrong',
    'a wrong checksum is never acknowledged, announced or not',
    async (tus) => {
      await sendInVain(tus, sha1Of(OTHER_BYTES));
    },
  ),
  checksum.extra('checksum.status-mismatch', 'a mismatch is answered 460', async (tus) => {
    const { url, content } = await tus.create();
    const headers = { 'Upload-Checksum': sha1Of(OTHER_BYTES) };
    expectStatus(await tus.patch(url, 0, content, { headers }), 460);
  }),
  checksum.extra('checksum.status-unsupported', 'an unsupported algorithm is answered 400', async (tus) => {
    const { url, content } = await tus.create();
    expectStatus(await tus.patch(url, 0, content, { headers: { 'Upload-Checksum': UNSUPPORTED } }), 400);
  }),
  checksum.extra('checksum.bytes', 'after a refused piece the bytes are the right ones', async (tus) => {
    const { url, content } = await sendInVain(tus, sha1Of(OTHER_BYTES));
    await tus.patch(url, 10, Buffer.alloc(3990, 'x'), { headers: { 'Upload-Checksum': UNSUPPORTED } });
    expectStatus(await tus.patch(url, 10, content.subarray(10)), 204);
    check((await tus.read(url)).equals(content), 'other bytes came back');
  }),
  checksum.extra(
    'checksum.cut',
    'a piece that was cut can not be verified and does not count',
    async (tus) => {
      const { url, content } = await tus.start(1000, { length: 1024 * 1024 });
      const body = content.subarray(1000);
      const headers = { 'Upload-Checksum': sha1Of(body) };
      await tus.cutPatch(url, 1000, { body, sentBytes: 256 * 1024, headers });
      const at = await tus.offsetAfterCut(url);
      check(at === 1000, `Upload-Offset: ${at} after a piece at 1000 whose checksum could not be verified`);
    },
  ),
  checksumHeader.extra(
    'checksum.malformed',
    'a malformed checksum is answered 4xx, changing nothing',
    async (tus) => {
      for (const sum of MALFORMED) {
        const { url } = await sendInVain(tus, sum);
        expectHeader(await tus.head(url), 'Upload-Offset', '10');
      }
    },
  ),
  always.of('EXTRA', { extension: TRAILERS })(
    'checksum.trailer',
    'a checksum in a trailer is verified',
    async (tus) => {
      const { url, content } = await tus.create();
      const body = content.subarray(0, 10);
      const [wrong, right] = [sha1Of(OTHER_BYTES), sha1Of(body)];
      expectStatus(await tus.patch(url, 0, body, { trailers: { 'Upload-Checksum': wrong } }), 460);
      expectStatus(await tus.patch(url, 0, body, { trailers: { 'Upload-Checksum': right } }), 204);
    },
  ),
];
