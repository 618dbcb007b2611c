import { type Block, blocksOf, CaptionProblem, type Cue, inOrder, spanOf } from './cue.js';

const timing = /^(\S+)[ \t]+-->[ \t]+(\S+)(?:[ \t]+(.*\S))?[ \t]*$/;
const timestamp = /^(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})$/;
/** WebVTT, 4.4; regions are not kept, so neither is the reference to one. */
const setting =
  /^(?:vertical:(?:rl|lr)|line:-?\d+(?:\.\d+)?%?(?:,(?:start|center|end))?|position:\d+(?:\.\d+)?%(?:,(?:line-left|center|line-right))?|size:\d+(?:\.\d+)?%|align:(?:start|center|end|left|right))$/;
/** Tags and time stamps within the text (4.2.2); anything else that begins with `<` is an error here. */
const markup =
  /<(?:\/?(?:b|i|u|ruby|rt|c|v|lang)(?:\.[^\s.<>]+)*(?:[ \t][^<>]*)?|(?:\d{2,}:)?[0-5]\d:[0-5]\d\.\d{3})>/g;

/**
 * Reads WebVTT strictly (W3C WebVTT, 4): a player would pass over what is wrong, and its author never learn of it.
 * Notes, styles and regions are left out: they are not for the viewer, or players differ in them.
 * @throws CaptionProblem
 */
export function parseVtt(text: string): Cue[] {
  const [header, ...blocks] = blocksOf(text);
  if (!header || !/^WEBVTT(?:[ \t]|$)/.test(header.lines[0] ?? '')) {
    throw new CaptionProblem(1, 'The file does not begin with WEBVTT');
  }
  const cues = blocks.flatMap((block) => readBlock(block) ?? []);
  return inOrder(cues);
}

function readBlock({ line, lines }: Block): Cue | null {
  const [first = '', second = ''] = lines;
  if (/^(?:NOTE|STYLE|REGION)(?:[ \t]|$)/.test(first) && !first.includes('-->')) return null;
  const hasId = !first.includes('-->');
  const at = hasId ? 1 : 0;
  const [, start = '', end = '', settings = ''] = timing.exec(hasId ? second : first) ?? [];
  if (start === '') throw new CaptionProblem(line + at, 'A cue has no line of the form "start --> end"');
  const body = lines.slice(at + 1);
  if (body.length === 0) return null;
  for (const [index, text] of body.entries()) checkText(text, line + at + 1 + index);
  return {
    ...spanOf(milliseconds(start), milliseconds(end), line + at),
    settings: readSettings(settings, line + at),
    text: body.join('\n'),
  };
}

function readSettings(text: string, line: number): string {
  const kept = text.split(/[ \t]+/).filter((item) => item !== '' && !item.startsWith('region:'));
  for (const item of kept) {
    if (!setting.test(item))
      throw new CaptionProblem(line, `The setting "${item.slice(0, 40)}" is not known`);
  }
  return kept.join(' ');
}

function checkText(text: string, line: number): void {
  if (text.includes('-->')) throw new CaptionProblem(line, 'There is no blank line between two cues');
  if (text.replace(markup, '').includes('<')) {
    throw new CaptionProblem(line, 'A "<" is no tag that WebVTT has; write it as "&lt;"');
  }
}

function milliseconds(text: string): number | null {
  const [, hours = '0', minutes, seconds, thousandths] = timestamp.exec(text) ?? [];
  if (minutes === undefined) return null;
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + Number(thousandths);
}
