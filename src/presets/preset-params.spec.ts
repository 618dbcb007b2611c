import { describe, expect, it } from '@jest/globals';
import { readPresetParams } from './preset-params.js';

describe('readPresetParams', () => {
  it.each([
    [
      { width: '400', height: '300', fit: 'cover' },
      { width: 400, height: 300, fit: 'cover' },
    ],
    [
      { width: 400, grayscale: true },
      { width: 400, grayscale: true },
    ],
    [{ grayscale: 'true' }, { grayscale: true }],
  ])('reads %j', (raw, params) => {
    expect(readPresetParams(raw)).toEqual({ params, problems: null });
  });

  it.each([
    [{ width: 0 }, 'width'],
    [{ fit: 'stretch' }, 'fit'],
    [{ nonsense: 1 }, 'nonsense'],
    [{ preset: 'another' }, 'preset'],
  ])('refuses %j by the rules of requests', (raw, field) => {
    const { params, problems } = readPresetParams(raw);
    expect(params).toBeNull();
    expect(problems?.[0]).toMatch(new RegExp(`^${field}: `));
  });
});
