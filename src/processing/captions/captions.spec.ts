import { describe, expect, it } from '@jest/globals';
import { CaptionProblem } from './cue.js';
import { readCaptions } from './read-captions.js';
import { renderVtt } from './render-vtt.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const vtt = (...lines: string[]) => `WEBVTT\n\n${lines.join('\n')}\n`;
const times = '00:01.000 --> 00:02.000';

function problem(text: string | Uint8Array): { line: number; message: string } {
  try {
    readCaptions(typeof text === 'string' ? bytes(text) : text);
  } catch (error) {
    if (error instanceof CaptionProblem) return { line: error.line, message: error.message };
    throw error;
  }
  throw new Error('it was read');
}

describe('WebVTT', () => {
  it('is read with names, settings, markup and lines', () => {
    const text = vtt(
      'NOTE not for\nthe viewer',
      '',
      'STYLE',
      '::cue { color: red }',
      '',
      'first',
      '01:00:01.250 --> 01:00:02.000 line:0 position:20%,line-left align:start region:fred',
      '<v Ann><i>Hello</i> &amp; welcome',
      'to <c.loud.yellow>everyone</c>',
      '',
      '100:00:00.000 --> 100:00:00.001',
      'the end',
    );
    expect(readCaptions(bytes(text))).toEqual([
      {
        startMs: 3_601_250,
        endMs: 3_602_000,
        settings: 'line:0 position:20%,line-left align:start',
        text: '<v Ann><i>Hello</i> &amp; welcome\nto <c.loud.yellow>everyone</c>',
      },
      { startMs: 360_000_000, endMs: 360_000_001, settings: '', text: 'the end' },
    ]);
  });

  it.each(['\n', '\r\n', '\r'])('may end its lines with %j and begin with a byte order mark', (end) => {
    const text = `\uFEFF${vtt(times, 'a', '', times, 'b')}`.replaceAll('\n', end);
    expect(readCaptions(bytes(text)).map((cue) => cue.text)).toEqual(['a', 'b']);
  });

  it('is put in order', () => {
    const text = vtt('00:05.000 --> 00:06.000', 'b', '', times, 'a');
    expect(readCaptions(bytes(text)).map((cue) => cue.text)).toEqual(['a', 'b']);
  });

  it.each([
    ['no cues', 'WEBVTT\n', 1, 'no cues'],
    ['no times', vtt('hello'), 4, 'start --> end'],
    ['times without milliseconds', vtt('00:01 --> 00:02', 'a'), 3, 'times'],
    ['seconds beyond 59', vtt('00:61.000 --> 00:62.000', 'a'), 3, 'times'],
    ['an end before its start', vtt('00:02.000 --> 00:01.000', 'a'), 3, 'ends before'],
    ['an unknown setting', vtt(`${times} onclick:alert`, 'a'), 3, 'onclick'],
    ['a tag of HTML', vtt(times, 'ok', '<script>alert(1)</script>'), 5, '&lt;'],
    ['a tag with attributes', vtt(times, '<img src=x onerror=alert(1)>'), 4, '&lt;'],
    ['cues that run together', vtt(times, 'a', times, 'b'), 5, 'blank line'],
  ])('is refused with %s', (_, text, line, message) => {
    expect(problem(text)).toEqual({ line, message: expect.stringContaining(message) });
  });
});

describe('SubRip', () => {
  it('becomes cues: numbers, odd times, fonts and braces are gone, what is no markup is escaped', () => {
    const text = [
      '1',
      '00:00:01,000 --> 00:00:02,500 X1:10 X2:20 Y1:30 Y2:40',
      '{\\an8}<I>Salt</I> & <font color="red">pepper</font>',
      '1 < 2 &amp; 3',
      '',
      '2',
      '0:0:3.5 --> 0:0:4.25',
      'Ende',
      '',
      '3',
      '00:00:05,000 --> 00:00:06,000',
      '<font></font>',
    ].join('\r\n');
    expect(readCaptions(bytes(text))).toEqual([
      { startMs: 1000, endMs: 2500, settings: '', text: '<i>Salt</i> &amp; pepper\n1 &lt; 2 &amp; 3' },
      { startMs: 3500, endMs: 4250, settings: '', text: 'Ende' },
    ]);
  });

  it.each([
    ['text alone', 'Just some text', 1, '-->'],
    ['times of WebVTT without hours', '1\n00:01.000 --> 00:02.000\na', 2, 'times'],
    ['an end at its start', '1\n00:00:01,000 --> 00:00:01,000\na', 2, 'ends before'],
    [
      'cues that run together',
      '1\n00:00:01,000 --> 00:00:02,000\na\n2\n00:00:03,000 --> 00:00:04,000\nb',
      5,
      'blank',
    ],
    ['nothing', '', 1, 'no cues'],
  ])('is refused with %s', (_, text, line, message) => {
    expect(problem(text)).toEqual({ line, message: expect.stringContaining(message) });
  });
});

it.each([
  ['no UTF-8', Uint8Array.from([0x57, 0xff, 0xfe])],
  ['binary', bytes('1\n00:00:01,000 --> 00:00:02,000\n\u0000')],
  ['more cues than any film has', bytes(vtt(...Array.from({ length: 20_001 }, () => `${times}\na\n`)))],
])('refuses what is %s', (_, data) => {
  expect(problem(data).line).toBe(1);
});

describe('renderVtt', () => {
  const cues = [
    { startMs: 1000, endMs: 2500, settings: 'line:0', text: 'one\ntwo' },
    { startMs: 360_000_000, endMs: 360_000_001, settings: '', text: 'three' },
  ];

  it('maps its times onto those of the segments, for HLS', () => {
    expect(renderVtt(cues)).toBe(
      'WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n\n' +
        '00:00:01.000 --> 00:00:02.500 line:0\none\ntwo\n\n100:00:00.000 --> 100:00:00.001\nthree\n',
    );
  });

  it('writes what is read again', () => {
    expect(readCaptions(bytes(renderVtt(cues)))).toEqual(cues);
  });
});
