/** What is asked for below `hls/`. */
export type StreamPath =
  | { kind: 'master' }
  | { kind: 'playlist' | 'frames'; rendition: string }
  | { kind: 'key'; rendition: string; generation: number }
  | { kind: 'init' | 'segment'; rendition: string; generation: number; number: number };

const RENDITION = /^([a-z0-9-]{1,40})\/(.{1,40})$/;
const SEGMENT = /^g(\d{1,9})-(\d{5,8})\.m4s$/;
const KEY = /^g(\d{1,9})\.key$/;
const INIT = /^g(\d{1,9})-init(\d{1,8})\.mp4$/;

/** Reads a path as our playlists write it; null for any other. */
export function parseStreamPath(path: string): StreamPath | null {
  if (path === 'master.m3u8') return { kind: 'master' };
  const [, rendition = '', file = ''] = RENDITION.exec(path) ?? [];
  if (file === 'index.m3u8') return { kind: 'playlist', rendition };
  if (file === 'frames.m3u8') return { kind: 'frames', rendition };
  const key = KEY.exec(file);
  if (key) return { kind: 'key', rendition, generation: Number(key[1]) };
  const [segment, init] = [SEGMENT.exec(file), INIT.exec(file)];
  const match = segment ?? init;
  if (!match) return null;
  const [generation, number] = [Number(match[1]), Number(match[2])];
  return { kind: segment ? 'segment' : 'init', rendition, generation, number };
}
