import { setTimeout as sleep } from 'node:timers/promises';
import { type Case, section } from '../catalogue.ts';
import { check, expectRefusal, expectStatus, integerOf, skipUnless } from '../expectations.ts';
import { bytes, type Tus } from '../tus.ts';

const CUT_LENGTH = 1024 * 1024;
const CUT_AFTER = 512 * 1024;
const HALF = 64 * 1024;

const patch = section('Requests: PATCH');

/** All of them would be the current offset, 0, or hide that they are not, in a loose reading of numbers. */
async function expectOffsetsRefused(tus: Tus, offsets: string[]): Promise<void> {
  const { url, content } = await tus.create();
  for (const offset of offsets) {
    expectRefusal(await tus.patch(url, offset, content.subarray(0, 10)), `Upload-Offset: ${offset}`);
    const at = await tus.offset(url);
    check(at === 0, `Upload-Offset: ${at} after a PATCH at ${offset}`);
  }
}

export const patchExtras: Case[] = [
  patch.extra('patch.offset-negative', 'a negative offset is refused', (tus) =>
    expectOffsetsRefused(tus, ['-1', '-0', '-10']),
  ),
  patch.extra('patch.offset-fraction', 'an offset with a fraction is refused', (tus) =>
    expectOffsetsRefused(tus, ['0.0', '0.5', '0,0']),
  ),
  patch.extra('patch.offset-huge', 'an offset beyond all integers is refused', (tus) =>
    expectOffsetsRefused(tus, ['18446744073709551616', '1'.padEnd(400, '0'), 'Infinity']),
  ),
  patch.extra('patch.offset-notation', 'an offset in another notation is refused', (tus) =>
    expectOffsetsRefused(tus, ['0x0', '0e0', '+0', '', 'zero', '0 bytes']),
  ),
  patch.extra('patch.beyond-length', 'no offset is beyond the length', async (tus) => {
    const { url, content } = await tus.start(3990, { length: 4000 });
    await tus.patch(url, 3990, Buffer.concat([content.subarray(3990), bytes(100)]), { chunked: true });
    const at = await tus.offset(url);
    check(at <= 4000, `Upload-Offset: ${at} of an Upload-Length of 4000`);
  }),
  patch.extra('patch.concurrent', 'of two at the same offset at most one is acknowledged', async (tus) => {
    const { url, content } = await tus.create({ length: 2 * HALF });
    const bodies = [content.subarray(0, HALF), bytes(HALF)];
    const answers = await Promise.all(bodies.map((body) => tus.patch(url, 0, body)));
    const winners = answers.flatMap(({ status }, index) => (status === 204 ? [index] : []));
    check(winners.length <= 1, 'two PATCHes at offset 0 were both answered 204');
    const at = await tus.offset(url);
    check(at <= HALF, `Upload-Offset: ${at} after two bodies of ${HALF} bytes at 0`);
    check(winners.length === 0 || at === HALF, `Upload-Offset: ${at} after ${HALF} bytes were acknowledged`);
  }),
  patch.extra('patch.concurrent-bytes', 'of two at the same offset no bytes are mixed', async (tus) => {
    const { url, content } = await tus.create({ length: 2 * HALF });
    const bodies = [content.subarray(0, HALF), bytes(HALF)];
    await Promise.all(bodies.map((body) => tus.patch(url, 0, body)));
    const at = await tus.offset(url);
    skipUnless(at > 0, 'none of the two was applied');
    expectStatus(await tus.patch(url, at, content.subarray(at)), 204);
    const stored = (await tus.read(url)).subarray(0, at);
    check(
      bodies.some((body) => body.subarray(0, at).equals(stored)),
      'the bytes are those of neither of the two bodies',
    );
  }),
  patch.extra('patch.bytes', 'the bytes are those that were sent', async (tus) => {
    const { url, content } = await tus.create();
    for (const [from, to] of [
      [0, 7],
      [7, 2000],
      [2000, 4000],
    ] as const)
      expectStatus(await tus.patch(url, from, content.subarray(from, to)), 204);
    check((await tus.read(url)).equals(content), 'other bytes came back');
  }),
  patch.extra(
    'patch.cut-bytes',
    'after a cut and a resumption the bytes are those that were sent',
    async (tus) => {
      const { url, content } = await tus.create({ length: CUT_LENGTH });
      await tus.cutPatch(url, 0, { body: content, sentBytes: CUT_AFTER });
      await tus.offsetAfterCut(url, (offset) => offset > 0);
      await sleep(200);
      const at = await tus.offsetAfterCut(url);
      expectStatus(await tus.patch(url, at, content.subarray(at)), 204);
      check((await tus.read(url)).equals(content), 'other bytes came back');
    },
  ),
  patch.extra('patch.cut-monotonic', 'no cut takes an acknowledged byte back', async (tus) => {
    const { url, content } = await tus.start(1000, { length: CUT_LENGTH });
    let known = 1000;
    const look = async (): Promise<void> => {
      const answer = await tus.head(url);
      if (answer.status >= 300) return;
      const at = integerOf(answer, 'Upload-Offset');
      check(at >= known, `Upload-Offset: ${at} after ${known}`);
      check(at <= 1000 + CUT_AFTER, `Upload-Offset: ${at}, more than was sent`);
      known = at;
    };
    const cut = tus.cutPatch(url, 1000, { body: content.subarray(1000), sentBytes: CUT_AFTER });
    for (let looks = 0; looks < 4; looks += 1) {
      await look();
      await sleep(50);
    }
    await cut;
    for (let looks = 0; looks < 5; looks += 1) {
      await look();
      await sleep(50);
    }
    await tus.offsetAfterCut(url);
    await look();
  }),
];
