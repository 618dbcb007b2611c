/** One line that says something. */
export interface Line {
  /** From 1. */
  number: number;
  /** `EXTINF`, or null for a URI. */
  tag: string | null;
  /** What follows the tag's colon, or the URI. */
  value: string;
}

/** RFC 8216bis, 4.1: UTF-8 without BOM or control characters, `#EXTM3U` first. Comments and blank lines are left out. */
export function readLines(text: string, complain: (problem: string) => void): Line[] {
  const lines = text.split(/\r?\n/);
  if (text.startsWith('\uFEFF')) complain('RFC 8216bis 4.1: begins with a byte order mark');
  else if (lines[0] !== '#EXTM3U') complain('RFC 8216bis 4.4.1.1: the first line is not #EXTM3U');
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f\ufffd]/.test(text)) {
    complain('RFC 8216bis 4.1: has control characters, or is not UTF-8');
  }
  return lines.slice(1).flatMap((line, at): Line[] => {
    const number = at + 2;
    if (line.trim() === '') return [];
    if (line !== line.trim()) complain(`RFC 8216bis 4.1: line ${number} has space around it`);
    if (!line.startsWith('#')) return [{ number, tag: null, value: line }];
    const [, tag = null, value = ''] = /^#(EXT[A-Z0-9-]*)(?::(.*))?$/.exec(line) ?? [];
    if (tag === null && line.startsWith('#EXT')) complain(`RFC 8216bis 4.1: line ${number} is no tag`);
    return tag === null ? [] : [{ number, tag, value }];
  });
}
