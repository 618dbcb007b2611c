import { type Entry, section } from '../catalogue.ts';
import { check, expectStatus, skipUnless } from '../expectations.ts';
import { neighbour } from '../tus.ts';

const EXTENSION = 'termination';

const always = section('Termination');
const del = section('Termination: DELETE', EXTENSION);

export const terminationEntries: Entry[] = [
  always.must('termination.announced', 'a server that terminates uploads says so', async (tus) => {
    const { url } = await tus.create();
    const { status } = await tus.send('DELETE', url);
    skipUnless(status === 204 && (await tus.head(url)).status >= 400, `a DELETE is answered ${status}`);
    check(await tus.announces(EXTENSION), `an upload was terminated, and ${EXTENSION} is not announced`);
  }),

  del.unseen('SHOULD', 'resources are freed', 'what a server holds is not to be seen from outside'),
  del.must('termination.no-content', 'an unfinished upload is terminated with 204', async (tus) => {
    const { url } = await tus.start(10);
    expectStatus(await tus.send('DELETE', url), 204);
  }),
  del.of('MUST', { further: true })(
    'termination.finished',
    'a finished upload is terminated with 204',
    async (tus) => {
      const { url } = await tus.start(4000);
      expectStatus(await tus.send('DELETE', url), 204);
    },
  ),
  del.should('termination.gone', 'whatever follows is 404 or 410', async (tus) => {
    const { url, content } = await tus.start(10);
    expectStatus(await tus.send('DELETE', url), 204);
    expectStatus(await tus.head(url), 404, 410);
    expectStatus(await tus.patch(url, 10, content.subarray(10)), 404, 410);
    expectStatus(await tus.send('DELETE', url), 404, 410);
  }),

  del.extra('termination.missing', 'an unknown upload is 404, 410 or 403', async (tus) => {
    const { url } = await tus.create();
    expectStatus(await tus.send('DELETE', neighbour(url)), 404, 410, 403);
  }),
];
