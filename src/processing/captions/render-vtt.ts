import type { Cue } from './cue.js';

/**
 * WebVTT for browsers and HLS alike: HLS asks for the header that puts its times on those of the segments
 * (RFC 8216, 3.5), which begin at 0 here, and browsers pass over it.
 */
export function renderVtt(cues: readonly Cue[]): string {
  const blocks = cues.map(({ startMs, endMs, settings, text }) => {
    const times = `${timestamp(startMs)} --> ${timestamp(endMs)}`;
    return `${settings === '' ? times : `${times} ${settings}`}\n${text}\n`;
  });
  return ['WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n', ...blocks].join('\n');
}

function timestamp(milliseconds: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const seconds = Math.floor(milliseconds / 1000);
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(':');
  return `${clock}.${String(milliseconds % 1000).padStart(3, '0')}`;
}
