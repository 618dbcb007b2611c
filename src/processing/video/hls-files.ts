import { posix } from 'node:path';
import { audioName } from './transcode.js';

/** Name of the multivariant playlist within a video's HLS directory. */
export const masterName = 'master.m3u8';

/**
 * Content type of a file of an HLS directory (Apple HLS Authoring Specification, 10.4); null for names that
 * are not written there.
 * @param path relative to the directory, with slashes
 */
export function hlsContentType(path: string): string | null {
  switch (posix.extname(path)) {
    case '.m3u8':
      return 'application/vnd.apple.mpegurl';
    case '.m4s':
      return 'video/iso.segment';
    case '.mp4':
      return path.startsWith(`${audioName}/`) ? 'audio/mp4' : 'video/mp4';
    default:
      return null;
  }
}
