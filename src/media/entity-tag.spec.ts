import { describe, expect, it } from '@jest/globals';
import { expectedVersion, isCurrent, mediaEntityTag } from './entity-tag.js';

const id = '01990000-0000-7000-8000-00000000abcd';
const ready = { id, version: 7, status: 'ready', progress: 100, playable: true } as const;
const processing = { ...ready, status: 'processing', progress: 40 } as const;
const tag = mediaEntityTag(ready);

describe('expectedVersion', () => {
  it.each([
    ['no header', undefined, null],
    ['any', '*', null],
    ['any, with spaces', ' * ', null],
    ['its tag', tag, 7],
    ['its tag while it is being processed, however far', mediaEntityTag(processing), 7],
    ['a list that has it', `"other", ${tag}`, 7],
  ])('%s', (_name, ifMatch, expected) => {
    expect(expectedVersion(id, ifMatch)).toBe(expected);
  });

  it('finds its tag when the path spells the id in upper case', () => {
    expect(expectedVersion(id.toUpperCase(), tag)).toBe(7);
  });

  it.each([
    ['a weak tag: If-Match compares strongly', `W/${tag}`],
    ["another media's", mediaEntityTag({ ...ready, id: id.replace('abcd', 'abce') })],
    ['without quotes', tag.replaceAll('"', '')],
    ['without an end', tag.slice(0, -1)],
    ['no version', `"${id}-"`],
    ['a version that is no number', `"${id}-x"`],
    ['another spelling of the number', `"${id}-7e0"`],
    ['nothing', ''],
  ])('refuses %s', (_name, ifMatch) => {
    expect(() => expectedVersion(id, ifMatch)).toThrow(expect.objectContaining({ code: 'MEDIA_CHANGED' }));
  });
});

describe('isCurrent', () => {
  it.each([
    [undefined, false],
    [tag, true],
    [`W/${tag}`, true],
    ['*', true],
    [`"x" , ${tag}`, true],
    ['"x"', false],
    [mediaEntityTag({ ...ready, version: 8 }), false],
  ])('If-None-Match: %s', (ifNoneMatch, expected) => {
    expect(isCurrent(ready, ifNoneMatch)).toBe(expected);
  });

  it('is another state with every step of the processing, and when it can be played', () => {
    const seen = [processing, { ...processing, progress: 41 }, { ...processing, playable: false }, ready];
    expect(new Set(seen.map(mediaEntityTag)).size).toBe(4);
    expect(seen.map((media) => isCurrent(media, mediaEntityTag(processing)))).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});
