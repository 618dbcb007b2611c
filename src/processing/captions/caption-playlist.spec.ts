import { describe, expect, it } from '@jest/globals';
import { captionMedia, captionPlaylist } from './caption-playlist.js';
import { canonicalLanguage, languageName } from './language.js';

describe('captionMedia', () => {
  it('tells of every track, by names that differ and end no attribute', () => {
    const { media, variantAttributes } = captionMedia([
      { language: 'de', label: 'Deutsch', tag: 'a' },
      { language: 'de-x-2', label: 'Deutsch', tag: 'b' },
      { language: 'en', label: 'The "good" one\n', tag: 'c' },
    ]);
    expect(media[0]).toBe(
      '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="captions",NAME="Deutsch",LANGUAGE="de",' +
        'DEFAULT=NO,AUTOSELECT=YES,FORCED=NO,URI="captions/de/index.m3u8"',
    );
    expect(media[1]).toContain('NAME="Deutsch (de-x-2)",LANGUAGE="de-x-2"');
    expect(media[2]).toContain('NAME="The  good  one",');
    expect(variantAttributes).toEqual(['SUBTITLES="captions"']);
  });

  it('says nothing where there are none', () => {
    expect(captionMedia([])).toEqual({ media: [], variantAttributes: [] });
  });
});

it('has one segment for the whole video', () => {
  expect(captionPlaylist({ tag: 'abc' }, 10_400).split('\n')).toEqual([
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    '#EXT-X-TARGETDURATION:11',
    '#EXT-X-MEDIA-SEQUENCE:1',
    '#EXT-X-PLAYLIST-TYPE:VOD',
    '#EXTINF:10.400,',
    'abc.vtt',
    '#EXT-X-ENDLIST',
    '',
  ]);
});

it.each([
  ['EN-us', 'en-US'],
  ['ger', 'de'],
  ['und', 'und'],
  ['zh-hans', 'zh-Hans'],
  ['de-x-2', 'de-x-2'],
  ['english', 'english'],
  ['', null],
  ['e', null],
  ['en_US', null],
  ['../en', null],
  ['en-x-abcdefgh-abcdefgh-abcdefgh-abcdefgh', null],
])('spells the language %j as %j', (tag, expected) => {
  expect(canonicalLanguage(tag)).toBe(expected);
});

it('names languages as their speakers do', () => {
  expect([languageName('de'), languageName('fr-CA'), languageName('qaa')]).toEqual([
    'Deutsch',
    'français (Canada)',
    'qaa',
  ]);
});
