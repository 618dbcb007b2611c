import { describe, expect, it } from '@jest/globals';
import { matches } from './preset-tag.js';

const preset = { id: 'a', version: 3 };

describe('matches', () => {
  it.each([
    ['no header', preset, undefined, true],
    ['no header and no preset', null, undefined, true],
    ['its tag', preset, '"a-3"', true],
    ['a list with its tag', preset, '"b-1", "a-3"', true],
    ['any', preset, '*', true],
    ['an earlier version', preset, '"a-2"', false],
    ['a weak tag', preset, 'W/"a-3"', false],
    ['any, and no preset', null, '*', false],
    ['a tag, and no preset', null, '"a-3"', false],
  ])('%s', (_name, known, header, expected) => {
    expect(matches(known, header)).toBe(expected);
  });
});
