import { type Entry, section } from '../catalogue.ts';
import { expectStatus, headerOf } from '../expectations.ts';

const options = section('Requests: OPTIONS');
const detection = section('Protocol Extensions');

export const optionsEntries: Entry[] = [
  options.must('options.version', 'a successful answer names the versions', async (tus) => {
    const answer = await tus.ask();
    expectStatus(answer, 200, 204);
    headerOf(answer, 'Tus-Version');
  }),
  options.client('SHOULD NOT', 'the request names no version'),
  options.must('options.any-version', 'a version in the request is ignored', async (tus) => {
    const answer = await tus.ask({ 'Tus-Resumable': '0.0.1' });
    expectStatus(answer, 200, 204);
    headerOf(answer, 'Tus-Version');
  }),

  detection.should('options.extensions', 'the answer to OPTIONS names the extensions', async (tus) => {
    headerOf(await tus.ask(), 'Tus-Extension');
  }),
];
