import type { Read, Resource } from '../../scripts/lint-hls/resource.ts';
import type { HlsSample } from '../fixtures/hls-sample.js';

export const sampleUrl = new URL('http://sample/master.m3u8');

const types: Record<string, string> = {
  m3u8: 'application/vnd.apple.mpegurl',
  m4s: 'video/iso.segment',
  mp4: 'video/mp4',
  vtt: 'text/vtt; charset=utf-8',
  key: 'application/octet-stream',
};

/** Serves a sample as a good server would, but for what the changes say of single paths. */
export function readSample(
  files: HlsSample,
  changes: Record<string, Partial<NonNullable<Resource['http']>>> = {},
): Read {
  return async (url, range) => {
    const path = url.pathname.slice(1);
    const file = files.get(path);
    if (!file) throw new Error(`${path}: status 404`);
    const data = range ? file.subarray(range.offset, range.offset + range.length) : file;
    const extension = path.slice(path.lastIndexOf('.') + 1);
    const http = {
      status: range ? 206 : 200,
      contentType: types[extension] ?? '',
      contentEncoding: extension === 'm3u8' ? 'gzip' : '',
      cacheControl: extension === 'key' ? 'private, no-store' : 'max-age=3600',
      redirected: false,
      ...changes[path],
    };
    return { data, http };
  };
}
