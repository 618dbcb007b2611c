import { type Entry, section } from '../catalogue.ts';
import {
  check,
  expectHeader,
  expectRefusal,
  expectStatus,
  headerOf,
  integerOf,
  listOf,
  skipUnless,
} from '../expectations.ts';
import { neighbour, OFFSET_MEDIA_TYPE, VERSION } from '../tus.ts';

const UNSUPPORTED = { 'Tus-Resumable': '0.0.1' };
/** A petabyte: more than any server takes, and no trouble as a number. */
const BEYOND_ALL = 1e15 - 1;

const core = section('Core Protocol');
const offset = section('Headers: Upload-Offset');
const length = section('Headers: Upload-Length');
const versions = section('Headers: Tus-Version');
const resumable = section('Headers: Tus-Resumable');
const extensions = section('Headers: Tus-Extension');
const maxSize = section('Headers: Tus-Max-Size');
const override = section('Headers: X-HTTP-Method-Override');

export const coreEntries: Entry[] = [
  core.must('core.upload', 'an upload is carried to its end by HEAD and PATCH', async (tus) => {
    const { url, content } = await tus.start(1000);
    const at = await tus.offset(url);
    check(at === 1000, `HEAD after the first 1000 bytes: Upload-Offset: ${at}`);
    expectStatus(await tus.patch(url, at, content.subarray(at)), 204);
    const end = await tus.offset(url);
    check(end === content.length, `HEAD after all ${content.length} bytes: Upload-Offset: ${end}`);
  }),

  offset.must('core.offset-integer', 'an offset is a non-negative integer', async (tus) => {
    const { url, content } = await tus.create();
    integerOf(await tus.head(url), 'Upload-Offset');
    integerOf(await tus.patch(url, 0, content.subarray(0, 10)), 'Upload-Offset');
  }),

  length.must('core.length-integer', 'a length is a non-negative integer', async (tus) => {
    const { url } = await tus.create();
    integerOf(await tus.head(url), 'Upload-Length');
  }),

  versions.must('core.version-list', 'versions are a comma-separated list', async (tus) => {
    const value = headerOf(await tus.ask(), 'Tus-Version');
    check(/^\d+\.\d+\.\d+(\s*,\s*\d+\.\d+\.\d+)*$/.test(value), `Tus-Version: ${value}`);
  }),
  versions.unseen('MUST', 'the preferred version comes first', 'only the server knows which one it prefers'),

  resumable.must('core.resumable-everywhere', 'every answer names the version, errors too', async (tus) => {
    const { url, created, content } = await tus.create();
    const some = content.subarray(0, 10);
    const answers = [
      created,
      await tus.head(url),
      await tus.patch(url, 0, some),
      await tus.patch(url, 5, some),
      await tus.patch(url, 10, some, { headers: { 'Content-Type': 'text/plain' } }),
      await tus.head(neighbour(url)),
      await tus.patch(neighbour(url), 0, some),
      await tus.post({ length: 'many' }),
    ];
    if (await tus.announces('termination')) answers.push(await tus.send('DELETE', url));
    for (const answer of answers) headerOf(answer, 'Tus-Resumable');
  }),
  resumable.must('core.resumable-version', 'the version of an answer is the one in use', async (tus) => {
    const { url, created } = await tus.create();
    const spoken = listOf(await tus.ask(), 'Tus-Version');
    check(spoken.includes(VERSION), `Tus-Version: ${spoken.join(',')} has no ${VERSION}`);
    for (const answer of [created, await tus.head(url)]) expectHeader(answer, 'Tus-Resumable', VERSION);
  }),
  resumable.must(
    'core.unsupported-version',
    'a version that it does not speak is answered 412',
    async (tus) => {
      const { url, content } = await tus.create();
      expectStatus(await tus.patch(url, 0, content, { headers: UNSUPPORTED }), 412);
      expectStatus(await tus.send('HEAD', url, { headers: UNSUPPORTED }), 412);
      expectStatus(await tus.post({ length: 10, headers: UNSUPPORTED }), 412);
    },
  ),
  resumable.must('core.unsupported-version-list', 'that 412 names the versions it speaks', async (tus) => {
    await tus.create();
    const spoken = listOf(await tus.post({ length: 10, headers: UNSUPPORTED }), 'Tus-Version');
    check(spoken.includes(VERSION), `Tus-Version of the 412: ${spoken.join(',') || 'absent'}`);
  }),
  resumable.of('MUST NOT')(
    'core.unsupported-version-idle',
    'a request of such a version is not processed',
    async (tus) => {
      const { url, content } = await tus.start(10);
      await tus.patch(url, 10, content.subarray(10), { headers: UNSUPPORTED });
      await tus.send('DELETE', url, { headers: UNSUPPORTED });
      const at = await tus.offset(url);
      check(at === 10, `Upload-Offset: ${at} after a PATCH that was not to be processed at 10`);
      const { status } = await tus.post({ length: 10, headers: UNSUPPORTED });
      check(status !== 201, 'a POST of an unsupported version created an upload');
    },
  ),
  resumable.extra(
    'core.no-version',
    'a PATCH without a version is refused and changes nothing',
    async (tus) => {
      const { url, content } = await tus.start(10);
      expectRefusal(await tus.patch(url, 10, content.subarray(10), { headers: { 'Tus-Resumable': null } }));
      check((await tus.offset(url)) === 10, 'a PATCH without a version was applied');
    },
  ),

  extensions.must('core.extension-list', 'extensions are a comma-separated list', async (tus) => {
    const value = (await tus.ask()).header('Tus-Extension');
    skipUnless(value !== null && value !== '', 'no extension is announced');
    check(/^[a-z0-9-]+(\s*,\s*[a-z0-9-]+)*$/.test(value), `Tus-Extension: ${value}`);
  }),
  extensions.must('core.extension-omitted', 'the header is absent where it would be empty', async (tus) => {
    const value = (await tus.ask()).header('Tus-Extension');
    check(value?.trim() !== '', 'Tus-Extension is there and empty');
  }),

  maxSize.must('core.max-size-integer', 'the largest size is a non-negative integer', async (tus) => {
    const answer = await tus.ask();
    skipUnless(answer.header('Tus-Max-Size') !== null, 'no largest size is announced');
    integerOf(answer, 'Tus-Max-Size');
  }),
  maxSize.should('core.max-size-announced', 'a limit that it enforces is announced', async (tus) => {
    await tus.create();
    const { status } = await tus.post({ length: BEYOND_ALL });
    if (status === 413) headerOf(await tus.ask(), 'Tus-Max-Size');
  }),

  override.unseen('MUST', 'the value is a string', 'every header value is one'),
  override.must('core.override', 'the header is taken for the method', async (tus) => {
    const { url, content } = await tus.create();
    const answer = await tus.send('POST', url, {
      headers: {
        'X-HTTP-Method-Override': 'PATCH',
        'Upload-Offset': '0',
        'Content-Type': OFFSET_MEDIA_TYPE,
      },
      body: content.subarray(0, 10),
    });
    expectStatus(answer, 204);
    check((await tus.offset(url)) === 10, 'a PATCH by X-HTTP-Method-Override was not applied');
  }),
  override.must(
    'core.override-hides-method',
    'the method of the request line counts no more',
    async (tus) => {
      const { url } = await tus.start(10);
      const answer = await tus.send('DELETE', url, { headers: { 'X-HTTP-Method-Override': 'HEAD' } });
      expectStatus(answer, 200, 204);
      expectHeader(answer, 'Upload-Offset', '10');
      check((await tus.offset(url)) === 10, 'a DELETE that was a HEAD by X-HTTP-Method-Override deleted');
    },
  ),
  override.client('SHOULD', 'it is used where PATCH and DELETE can not be sent'),
];
