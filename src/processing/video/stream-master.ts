import { captionMedia, type CaptionTrack } from '../captions/index.js';
import { frameStreamLine } from './frame-playlist.js';
import type { MediaStream } from './media-stream.js';
import { renderMaster } from './render-master.js';
import { masterContent } from './stream-playlists.js';

/**
 * The multivariant playlist of a stream as far as it can be played, with its captions and I-frame playlists; without
 * those where segments are encrypted, for no byte range of one can be read alone.
 */
export function masterPlaylist(stream: MediaStream, captions: readonly CaptionTrack[] = []): string {
  return renderMaster({
    ...masterContent(stream),
    ...captionMedia(captions),
    trailing: stream.video
      .filter(({ segments, key }) => segments.length > 0 && key === null)
      .map(frameStreamLine),
  });
}
