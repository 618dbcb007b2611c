import { describe, expect, it } from '@jest/globals';
import { type FieldError, validationPipe } from '../../common/index.js';
import { UploadDetailsDto } from './upload-details.dto.js';

const read = (fields: Record<string, unknown>): Promise<UploadDetailsDto> =>
  validationPipe().transform(fields, {
    type: 'body',
    metatype: UploadDetailsDto,
  }) as Promise<UploadDetailsDto>;

const sha256 = 'ab'.repeat(32);

describe('the fields of an upload', () => {
  it('have defaults', async () => {
    expect(await read({})).toEqual({ visibility: 'private', tags: [], customMetadata: {} });
  });

  it.each([
    ['a comma-separated list', 'beach, 2026 ,,', ['beach', '2026']],
    ['a JSON array', '["beach", "a, b"]', ['beach', 'a, b']],
    ['a parsed JSON part', ['beach'], ['beach']],
    ['nothing', '', []],
    ['one in any script', '浜辺 🏖', ['浜辺 🏖']],
  ])('take tags as %s', async (_, tags, expected) => {
    expect((await read({ tags })).tags).toEqual(expected);
  });

  it('take metadata as JSON and SHA-256 in either case', async () => {
    const details = await read({ customMetadata: '{"a":1,"b":null,"c":"x"}', sha256: sha256.toUpperCase() });
    expect(details).toMatchObject({ customMetadata: { a: 1, b: null, c: 'x' }, sha256 });
  });

  it.each([
    ['visibility', 'everyone'],
    ['tags', '[1]'],
    ['tags', '["a"'],
    ['tags', 'a,a'],
    ['tags', '[""]'],
    ['tags', '["a\\u0000b"]'],
    ['tags', 'x'.repeat(101)],
    ['tags', Array.from({ length: 101 }, (_, index) => `tag ${index}`).join(',')],
    ['customMetadata', 'no JSON'],
    ['customMetadata', '[]'],
    ['customMetadata', '"text"'],
    ['customMetadata', 'null'],
    ['customMetadata', '{"a":{}}'],
    ['customMetadata', '{"a":"\\u0000"}'],
    ['customMetadata', JSON.stringify({ a: 'x'.repeat(16 * 1024) })],
    ['sha256', 'ab'],
    ['sha256', 'g'.repeat(64)],
    ['sha256', [sha256]],
    ['colour', 'blue'],
  ])('refuse a wrong field by its name: %s %#', async (field, value) => {
    const problem = read({ [field]: value }).then(
      () => [],
      (error: { options: { errors: FieldError[] } }) => error.options.errors.map((entry) => entry.field),
    );
    expect(await problem).toContain(field);
  });

  it('take metadata of exactly 16 KB', async () => {
    const customMetadata = JSON.stringify({ a: 'x'.repeat(16 * 1024 - 8) });
    expect(customMetadata).toHaveLength(16 * 1024);
    expect((await read({ customMetadata })).customMetadata).toEqual(JSON.parse(customMetadata));
  });
});
