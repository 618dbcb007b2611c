import { CaptionProblem, type Cue } from './cue.js';
import { parseSrt } from './parse-srt.js';
import { parseVtt } from './parse-vtt.js';

export const maxCaptionBytes = 1024 ** 2;

// oxlint-disable-next-line no-control-regex
const control = /[\u0000-\u0008\u000b\u000e-\u001f\u007f]/;

/**
 * Reads WebVTT or SubRip, whichever it is by its first line.
 * @throws CaptionProblem
 */
export function readCaptions(data: Uint8Array): Cue[] {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(data);
  } catch {
    throw new CaptionProblem(1, 'The file is not UTF-8');
  }
  if (control.test(text)) throw new CaptionProblem(1, 'The file is binary');
  return /^WEBVTT(?:[ \t\r\n]|$)/.test(text) ? parseVtt(text) : parseSrt(text);
}
