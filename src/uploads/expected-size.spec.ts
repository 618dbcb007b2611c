import { describe, expect, it } from '@jest/globals';
import { expectedSize, leastSize } from './expected-size.js';

const size = 100_000;
const bytes = Buffer.alloc(size);

/** The headers and what was read of a form that the platform's own client wrote. */
async function written(fields: Record<string, string>, filename: string, mimetype: string) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  form.set('file', new Blob([bytes], { type: mimetype }), filename);
  const response = new Response(form);
  const body = await response.clone().arrayBuffer();
  return {
    headers: {
      'content-length': String(body.byteLength),
      'content-type': response.headers.get('content-type') ?? '',
    },
    fields,
    filename,
    mimetype,
  };
}

describe('expectedSize', () => {
  it.each<[string, Record<string, string>, string]>([
    ['a file alone', {}, 'cat.png'],
    ['a file after fields', { tags: 'beach,2026', visibility: 'public' }, 'cat.png'],
    ['a name in another script', { tags: '浜辺' }, '浜辺 🏖.png'],
  ])('is exact for %s', async (_, fields, filename) => {
    const form = await written(fields, filename, 'image/png');
    // Some clients, Node's among them, end the body without a last line break.
    const guess = expectedSize(form)?.likely ?? 0;
    expect([size, size - 2]).toContain(guess);
  });

  it('reads a quoted boundary', () => {
    const headers = { 'content-length': '10000', 'content-type': 'multipart/form-data; boundary="a b"' };
    const plain = { ...headers, 'content-type': 'multipart/form-data; boundary=abc; charset=x' };
    const rest = { fields: {}, filename: 'a.png', mimetype: 'image/png' };
    expect(expectedSize({ headers, ...rest })).toEqual(expectedSize({ headers: plain, ...rest }));
  });

  it.each([
    ['no length', undefined, null],
    ['a length that is none', 'many', null],
    ['a body that is shorter than its form', '10', { likely: 0, atLeast: 0 }],
  ])('with %s is %j', (_, length, expected) => {
    const headers = { 'content-length': length, 'content-type': 'multipart/form-data; boundary=x' };
    expect(expectedSize({ headers, fields: {}, filename: 'a', mimetype: 'b' })).toEqual(expected);
  });

  it('is never less than what fields after the file leave of it', async () => {
    const form = await written({}, 'cat.png', 'image/png');
    expect(leastSize(form.headers)).toBeLessThan(size);
    expect(leastSize({ 'content-length': '1000000' })).toBe(1_000_000 - 96 * 1024);
    expect(leastSize({})).toBe(0);
  });
});
