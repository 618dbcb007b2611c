import { type Entry, section } from '../catalogue.ts';
import { check, expectHeader, expectNoHeader, expectStatus, headerOf } from '../expectations.ts';
import { neighbour } from '../tus.ts';

const head = section('Requests: HEAD');

export const headEntries: Entry[] = [
  head.must('head.offset', 'the offset is there, 0 as well', async (tus) => {
    const { url, content } = await tus.create();
    expectHeader(await tus.head(url), 'Upload-Offset', '0');
    await tus.patch(url, 0, content.subarray(0, 10));
    expectHeader(await tus.head(url), 'Upload-Offset', '10');
  }),
  head.of('MUST', { further: true })(
    'head.offset-finished',
    'the offset is there when the upload is finished',
    async (tus) => {
      const { url, content } = await tus.start(4000);
      expectHeader(await tus.head(url), 'Upload-Offset', String(content.length));
    },
  ),
  head.must('head.length', 'a known length is there', async (tus) => {
    const { url } = await tus.create({ length: 4321 });
    expectHeader(await tus.head(url), 'Upload-Length', '4321');
  }),
  head.should('head.missing', 'an unknown upload is 404, 410 or 403, without an offset', async (tus) => {
    const { url } = await tus.create();
    const answer = await tus.head(neighbour(url));
    expectStatus(answer, 404, 410, 403);
    expectNoHeader(answer, 'Upload-Offset');
  }),
  head.must('head.no-store', 'no cache may keep the answer', async (tus) => {
    const { url } = await tus.create();
    const value = headerOf(await tus.head(url), 'Cache-Control');
    check(/(^|[\s,])no-store($|[\s,])/i.test(value), `Cache-Control: ${value}`);
  }),
  head.extra('head.get-without-token', 'a GET without credentials is no way to the bytes', async (tus) => {
    const unfinished = await tus.start(1000);
    const finished = await tus.start(4000);
    const nothing = Object.fromEntries(Object.keys(tus.options.headers ?? {}).map((name) => [name, null]));
    for (const { url } of [unfinished, finished])
      expectStatus(await tus.send('GET', url, { headers: nothing }), 401, 403, 404, 405);
  }),
];
