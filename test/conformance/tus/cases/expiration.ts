import { setTimeout as sleep } from 'node:timers/promises';
import { type Entry, section } from '../catalogue.ts';
import type { Answer } from '../exchange.ts';
import { check, expectStatus, headerOf, skipUnless } from '../expectations.ts';
import type { Tus } from '../tus.ts';

const EXTENSION = 'expiration';
/** RFC 7231, section 7.1.1.1: the one format that may be sent. */
const IMF_FIXDATE =
  /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d{2}:\d{2}:\d{2} GMT$/;

const expiration = section('Expiration');
const expires = section('Expiration: Upload-Expires', EXTENSION);

/** Creates an upload, sends it in part, asks for it; the three answers may all name its end. */
async function answersOf(tus: Tus): Promise<{ url: string; post: Answer; patch: Answer; head: Answer }> {
  const { url, created, content } = await tus.create();
  const patch = await tus.patch(url, 0, content.subarray(0, 10));
  return { url, post: created, patch, head: await tus.head(url) };
}

export const expirationEntries: Entry[] = [
  expiration.must('expiration.announced', 'a server that lets uploads expire says so', async (tus) => {
    const { post, patch, head } = await answersOf(tus);
    const named = [post, patch, head].some((answer) => answer.header('Upload-Expires') !== null);
    skipUnless(named, 'no answer names an expiry');
    check(await tus.announces(EXTENSION), `Upload-Expires is sent, and ${EXTENSION} is not announced`);
  }),

  expires.client('SHOULD', 'the expiry is looked at before an upload is resumed'),
  expires.must('expiration.patch', 'every PATCH of an unfinished upload names its expiry', async (tus) => {
    const { url, content } = await tus.create();
    for (const offset of [0, 10, 20])
      headerOf(await tus.patch(url, offset, content.subarray(offset, offset + 10)), 'Upload-Expires');
  }),
  expires.must('expiration.post', 'the POST names the expiry if it is known by then', async (tus) => {
    const { url, created, content } = await tus.create();
    const soon = [await tus.head(url), await tus.patch(url, 0, content.subarray(0, 10))];
    skipUnless(
      soon.some((answer) => answer.header('Upload-Expires') !== null),
      'no answer names an expiry right after the creation',
    );
    headerOf(created, 'Upload-Expires');
  }),
  expires.should('expiration.gone', 'an upload that was removed is 404 or 410', async (tus) => {
    const { url, post } = await answersOf(tus);
    const wait = Date.parse(post.header('Upload-Expires') ?? '') - Date.now();
    skipUnless(wait <= (tus.options.expiryWaitMs ?? 0), 'uploads live longer than this run may wait');
    await sleep(Math.max(0, wait));
    const deadline = Date.now() + tus.settleMs;
    while ((await tus.head(url)).status < 300 && Date.now() < deadline) await sleep(200);
    const answer = await tus.patch(url, 10, Buffer.alloc(10));
    skipUnless(answer.status !== 204, 'the upload is past its expiry and not removed yet');
    expectStatus(answer, 404, 410);
  }),
  expires.unseen(
    'SHOULD',
    'it is 410 where the server remembers expired uploads',
    'whether it remembers them is not to be seen',
  ),
  expires.client('SHOULD', 'a new upload is started when one has expired'),
  expires.must('expiration.format', 'the expiry is an HTTP date', async (tus) => {
    const { post, patch, head } = await answersOf(tus);
    const values = [post, patch, head].flatMap((answer) => answer.header('Upload-Expires') ?? []);
    skipUnless(values.length > 0, 'no answer names an expiry');
    for (const value of values)
      check(IMF_FIXDATE.test(value) && !Number.isNaN(Date.parse(value)), `Upload-Expires: ${value}`);
  }),

  expires.extra('expiration.conflict', 'a PATCH that is refused as a conflict names it too', async (tus) => {
    const { url, content } = await tus.start(10);
    headerOf(await tus.patch(url, 20, content.subarray(20, 30)), 'Upload-Expires');
  }),
  expires.extra('expiration.future', 'the expiry of a new upload is to come', async (tus) => {
    const { patch } = await answersOf(tus);
    const value = headerOf(patch, 'Upload-Expires');
    check(Date.parse(value) > Date.now(), `Upload-Expires: ${value} of an upload that was just begun`);
  }),
];
