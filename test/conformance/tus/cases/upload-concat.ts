import { type Entry, section } from '../catalogue.ts';
import { check, headerOf } from '../expectations.ts';
import { concatenate, createPartial, EXTENSION } from './partials.ts';

const header = section('Concatenation: Upload-Concat', EXTENSION);

export const uploadConcatEntries: Entry[] = [
  header.client('MUST', 'both creation requests have the header'),
  header.must('concat.value-partial', 'the value is partial for a partial upload', async (tus) => {
    const { url } = await createPartial(tus, 100);
    const value = headerOf(await tus.head(url), 'Upload-Concat');
    check(value === 'partial', `Upload-Concat: ${value}`);
  }),
  header.must('concat.value-final', 'the value lists URLs for a final upload', async (tus) => {
    const { url } = await concatenate(tus, [100, 50]);
    const value = headerOf(await tus.head(url), 'Upload-Concat');
    check(/^final;\S+( \S+)*$/.test(value), `Upload-Concat: ${value}`);
  }),
  header.of('MUST NOT')('concat.url-spaces', 'the URL of a partial upload has no space', async (tus) => {
    const { created } = await createPartial(tus, 100);
    const location = headerOf(created, 'Location');
    check(!/\s/.test(location), `Location: ${location}`);
  }),
];
