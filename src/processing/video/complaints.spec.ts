import { describe, expect, it } from '@jest/globals';
import { damageIn } from './complaints.js';

const rename =
  '[hls @ 0x1] Cannot use rename on non file protocol, this may lead to races and temporary partial files';
const reference = '[h264 @ 0x1] co located POCs unavailable';
const damage = '[h264 @ 0x1] error while decoding MB 3 4, bytestream -5';

describe('damageIn', () => {
  it.each([
    ['', false, ''],
    [rename, false, ''],
    [`${rename}\n${damage}`, false, damage],
    [reference, false, reference],
    [reference, true, ''],
    [`${reference}\n${damage}`, true, damage],
  ])('%j, sought: %s', (stderr, sought, expected) => {
    expect(damageIn(stderr, sought)).toBe(expected);
  });
});
