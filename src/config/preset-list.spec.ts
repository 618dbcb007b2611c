import { describe, expect, it } from '@jest/globals';
import { parsePresets } from './preset-list.js';

describe('parsePresets', () => {
  it.each([
    ['', {}],
    ['card=width=400&height=300', { card: { width: '400', height: '300' } }],
    [' a=width=1 ; b-2=blur=2;', { a: { width: '1' }, 'b-2': { blur: '2' } }],
    ['t=text=a%3Bb%3D%26&flip', { t: { text: 'a;b=&', flip: '' } }],
  ])('reads %j', (text, expected) => {
    const problems: string[] = [];
    expect(parsePresets(text, (message) => problems.push(message))).toEqual(expected);
    expect(problems).toEqual([]);
  });

  it.each([
    'card',
    'card=',
    '=width=1',
    'Card=width=1',
    'a b=width=1',
    '-a=width=1',
    'a=b=1;a=b=2',
    'a=b=1&b=2',
  ])('refuses %j', (text) => {
    const problems: string[] = [];
    parsePresets(text, (message) => problems.push(message));
    expect(problems).toHaveLength(1);
  });
});
