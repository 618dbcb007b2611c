import { describe, expect, it } from '@jest/globals';
import { type ConditionalHeaders, isNotModified, selectRange } from './conditional.js';

const SIZE = 1000;
const modified = 'Sun, 01 Mar 2026 10:00:00 GMT';
const validators = { entityTag: '"abc"', lastModified: new Date('2026-03-01T10:00:00.789Z') };

const whole = { kind: 'whole' };
const unsatisfiable = { kind: 'unsatisfiable' };
const part = (start: number, end: number) => ({ kind: 'part', range: { start, end } });

describe('selectRange', () => {
  it.each([
    ['no range', undefined, whole],
    ['the first bytes', 'bytes=0-99', part(0, 99)],
    ['one byte', 'bytes=999-999', part(999, 999)],
    ['an open end', 'bytes=900-', part(900, 999)],
    ['a suffix', 'bytes=-100', part(900, 999)],
    ['an end beyond the last byte', 'bytes=900-5000', part(900, 999)],
    ['all bytes', 'bytes=0-', part(0, 999)],
    ['adjacent ranges, which are one', 'bytes=0-9,10-19', part(0, 19)],
    ['overlapping ranges, which are one', 'bytes=0-10,5-19', part(0, 19)],
    ['one of two beyond the end', 'bytes=0-9,5000-', part(0, 9)],
    ['spaces around the positions', 'bytes= 0 - 9 ', part(0, 9)],
    ['a start beyond the last byte', 'bytes=1000-', unsatisfiable],
    ['a suffix of nothing', 'bytes=-0', unsatisfiable],
    ['several ranges', 'bytes=0-9,100-109', whole],
    ['another unit', 'lines=0-9', whole],
    ['no unit', '0-9', whole],
    ['no position', 'bytes=-', whole],
    ['words', 'bytes=first-last', whole],
    ['a sign', 'bytes=+1-2', whole],
    ['nothing', '', whole],
  ])('%s: %s', (_name, range, expected) => {
    expect(selectRange({ range }, SIZE, validators)).toEqual(expected);
  });

  it('refuses an end before the start, as RFC 9110 section 14.2 allows', () => {
    expect(selectRange({ range: 'bytes=9-0' }, SIZE, validators)).toEqual(unsatisfiable);
  });

  it('gives the whole file for a suffix that is longer, as RFC 9110 section 14.1.2 says', () => {
    expect(selectRange({ range: 'bytes=-5000' }, SIZE, validators)).toEqual(part(0, 999));
  });

  it.each([
    ['its strong tag', '"abc"', part(0, 9)],
    ['another tag', '"abd"', whole],
    ['its tag as a weak one', 'W/"abc"', whole],
    ['its date', modified, part(0, 9)],
    ['a later date: only the very date will do', 'Sun, 01 Mar 2026 10:00:01 GMT', whole],
    ['an earlier date', 'Sun, 01 Mar 2026 09:59:59 GMT', whole],
    ['nonsense', 'yesterday', whole],
  ])('with If-Range of %s: %s', (_name, ifRange, expected) => {
    expect(selectRange({ range: 'bytes=0-9', 'if-range': ifRange }, SIZE, validators)).toEqual(expected);
  });

  it('does not call a range beyond the end unsatisfiable when If-Range names another representation', () => {
    expect(selectRange({ range: 'bytes=5000-', 'if-range': '"old"' }, SIZE, validators)).toEqual(whole);
  });
});

describe('isNotModified', () => {
  it.each<[string, ConditionalHeaders, boolean]>([
    ['no condition', {}, false],
    ['its tag', { 'if-none-match': '"abc"' }, true],
    ['its tag as a weak one', { 'if-none-match': 'W/"abc"' }, true],
    ['any tag', { 'if-none-match': '*' }, true],
    ['a list that has it', { 'if-none-match': '"x", W/"y" ,"abc"' }, true],
    ['a list that does not', { 'if-none-match': '"x","y"' }, false],
    ['its tag without quotes', { 'if-none-match': 'abc' }, false],
    ['an empty list', { 'if-none-match': '' }, false],
    ['its date', { 'if-modified-since': modified }, true],
    ['a later date', { 'if-modified-since': 'Sun, 01 Mar 2026 11:00:00 GMT' }, true],
    ['an earlier date', { 'if-modified-since': 'Sun, 01 Mar 2026 09:59:59 GMT' }, false],
    ['a date that is none', { 'if-modified-since': 'tomorrow' }, false],
    ['a date when the tag is another', { 'if-none-match': '"x"', 'if-modified-since': modified }, false],
  ])('%s', (_name, headers, expected) => {
    expect(isNotModified(headers, validators)).toBe(expected);
  });
});
