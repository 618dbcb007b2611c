import { type Entry, section } from '../catalogue.ts';
import {
  check,
  expectHeader,
  expectNoHeader,
  expectRefusal,
  expectStatus,
  skipUnless,
} from '../expectations.ts';
import type { Tus, Upload } from '../tus.ts';

const EXTENSION = 'creation-defer-length';
const DEFERRED = { 'Upload-Defer-Length': '1' };

const header = section('Creation: Upload-Defer-Length');
const post = section('Creation: POST');
const deferring = { extension: EXTENSION };

function createDeferred(tus: Tus): Promise<Upload> {
  return tus.create({ length: null, headers: DEFERRED });
}

export const deferHeaderEntries: Entry[] = [
  header.of('MUST', deferring)('defer.value', 'the value of the header is 1', async (tus) => {
    const { url } = await createDeferred(tus);
    const value = (await tus.head(url)).header('Upload-Defer-Length');
    check(value === null || value === '1', `Upload-Defer-Length: ${value}`);
  }),
  header.must('defer.omitted', 'the header is absent where the length is known', async (tus) => {
    const { url } = await tus.create();
    expectNoHeader(await tus.head(url), 'Upload-Defer-Length');
  }),
  header.of('MUST', { ...deferring, further: true })(
    'defer.omitted-later',
    'the header is absent once the length is known',
    async (tus) => {
      const { url, content } = await createDeferred(tus);
      await tus.patch(url, 0, content.subarray(0, 10), { headers: { 'Upload-Length': '4000' } });
      expectNoHeader(await tus.head(url), 'Upload-Defer-Length');
    },
  ),
];

export const deferPostEntries: Entry[] = [
  post.of('MUST', deferring)('defer.later', 'a length that comes with a PATCH is taken', async (tus) => {
    const { url, content } = await createDeferred(tus);
    expectStatus(await tus.patch(url, 0, content.subarray(0, 10)), 204);
    const headers = { 'Upload-Length': '4000' };
    expectStatus(await tus.patch(url, 10, content.subarray(10, 20), { headers }), 204);
    expectHeader(await tus.head(url), 'Upload-Length', '4000');
    expectStatus(await tus.patch(url, 20, content.subarray(20)), 204);
  }),
  post.of('MUST NOT', deferring)('defer.unchanged', 'a length that is set stays', async (tus) => {
    const { url, content } = await createDeferred(tus);
    await tus.patch(url, 0, content.subarray(0, 10), { headers: { 'Upload-Length': '4000' } });
    for (const length of ['3000', '5000']) {
      await tus.patch(url, 10, Buffer.alloc(0), { headers: { 'Upload-Length': length } });
      expectHeader(await tus.head(url), 'Upload-Length', '4000');
    }
  }),
  post.of('MUST', deferring)('defer.head', 'HEAD says so while the length is not known', async (tus) => {
    const { url, content } = await createDeferred(tus);
    expectHeader(await tus.head(url), 'Upload-Defer-Length', '1');
    await tus.patch(url, 0, content.subarray(0, 10));
    expectHeader(await tus.head(url), 'Upload-Defer-Length', '1');
  }),
  post.must('defer.announced', 'a server that lets lengths come later says so', async (tus) => {
    const { status } = await tus.post({ length: null, headers: DEFERRED });
    skipUnless(status === 201, `a deferred length is answered ${status}`);
    check(await tus.announces(EXTENSION), `a length was deferred, and ${EXTENSION} is not announced`);
  }),

  post.of('EXTRA', deferring)('defer.other-value', 'another value than 1 is answered 400', async (tus) => {
    for (const value of ['0', '2', 'true', '1.0', ''])
      expectStatus(await tus.post({ length: null, headers: { 'Upload-Defer-Length': value } }), 400);
  }),
  post.of('EXTRA', deferring)('defer.no-length', 'no length is given while none is known', async (tus) => {
    const { url } = await createDeferred(tus);
    expectNoHeader(await tus.head(url), 'Upload-Length');
  }),
  post.of('EXTRA', deferring)('defer.too-small', 'a length below the offset is refused', async (tus) => {
    const { url, content } = await createDeferred(tus);
    await tus.patch(url, 0, content.subarray(0, 100));
    const headers = { 'Upload-Length': '50' };
    expectRefusal(await tus.patch(url, 100, Buffer.alloc(0), { headers }));
    expectHeader(await tus.head(url), 'Upload-Offset', '100');
  }),
  post.of('EXTRA', deferring)(
    'defer.too-large',
    'a late length beyond the maximum is answered 413',
    async (tus) => {
      const maximum = Number((await tus.ask()).header('Tus-Max-Size') ?? Infinity);
      skipUnless(maximum < Number.MAX_SAFE_INTEGER, 'no largest size is announced');
      const { url, content } = await createDeferred(tus);
      const headers = { 'Upload-Length': String(maximum + 1) };
      expectStatus(await tus.patch(url, 0, content.subarray(0, 10), { headers }), 413);
    },
  ),
];
