import { type Block, blocksOf, CaptionProblem, type Cue, inOrder, spanOf } from './cue.js';

/** Some programs write a dot, or fewer digits; coordinates may follow and are not kept. */
const timing = /^(\S+)[ \t]+-->[ \t]+(\S+)(?:[ \t]+[XY][12]:.*)?[ \t]*$/;
const timestamp = /^(\d{1,3}):([0-5]?\d):([0-5]?\d)[,.](\d{1,3})$/;
/** What both formats have. */
const sharedTag = /^<\/?[biu]>$/i;

/**
 * Reads SubRip, for which there is no standard: numbered blocks of times and text.
 * @throws CaptionProblem
 */
export function parseSrt(text: string): Cue[] {
  return inOrder(blocksOf(text).flatMap((block) => readBlock(block) ?? []));
}

function readBlock({ line, lines }: Block): Cue | null {
  const at = /^\d+\s*$/.test(lines[0] ?? '') ? 1 : 0;
  const [, start, end] = timing.exec(lines[at] ?? '') ?? [];
  if (start === undefined || end === undefined) {
    throw new CaptionProblem(line + at, 'A cue has no line of the form "00:00:01,000 --> 00:00:02,000"');
  }
  const body = lines.slice(at + 1);
  const wrong = body.findIndex((text) => text.includes('-->'));
  if (wrong >= 0) throw new CaptionProblem(line + at + 1 + wrong, 'There is no blank line between two cues');
  const text = body.map(toVttText).filter((one) => one.trim() !== '');
  const span = spanOf(milliseconds(start), milliseconds(end), line + at);
  return text.length === 0 ? null : { ...span, settings: '', text: text.join('\n') };
}

/** Keeps bold, italics and underline; other tags, and the braces of SubStation, go. */
function toVttText(text: string): string {
  return text
    .replace(/\{\\[^}]*\}/g, '')
    .split(/(<[^<>]*>)/)
    .map((part) => {
      if (sharedTag.test(part)) return part.toLowerCase();
      if (/^<\/?[a-z][^<>]*>$/i.test(part)) return '';
      return part
        .replace(/&(?!(?:amp|lt|gt|nbsp|lrm|rlm);)/g, '&amp;')
        .replaceAll('<', '&lt;')
        .replaceAll('>', '&gt;');
    })
    .join('');
}

function milliseconds(text: string): number | null {
  const [, hours, minutes, seconds, fraction = ''] = timestamp.exec(text) ?? [];
  if (hours === undefined) return null;
  const whole = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
  return whole * 1000 + Number(fraction.padEnd(3, '0'));
}
