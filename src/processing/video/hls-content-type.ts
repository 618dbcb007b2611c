import { posix } from 'node:path';

/**
 * Content type of a file of a stream that is stored as files, playlists among them (Apple HLS Authoring Specification,
 * 10.4); null for names that are not written there.
 * @param path relative to the stream, with slashes
 */
export function hlsContentType(path: string): string | null {
  switch (posix.extname(path)) {
    case '.m3u8':
      return 'application/vnd.apple.mpegurl';
    case '.m4s':
      return 'video/iso.segment';
    case '.mp4':
      return path.startsWith('audio/') ? 'audio/mp4' : 'video/mp4';
    default:
      return null;
  }
}
