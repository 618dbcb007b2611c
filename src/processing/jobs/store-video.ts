import { newId } from '../../common/index.js';
import type { NewVariant } from '../../media/index.js';
import { hlsContentType, type ProcessedVideo, type Rendition } from '../video/index.js';
import type { VariantAttempt } from './variant-attempt.js';

const PLAYLIST_TYPE = 'application/vnd.apple.mpegurl';

/** Stores playlists, segments and MP4 files. @returns the rows of the stream, its renditions and the files */
export async function storeVideo(attempt: VariantAttempt, video: ProcessedVideo): Promise<NewVariant[]> {
  const { prefix, sizeBytes } = await attempt.putDirectory(video.hlsDir, 'hls', hlsContentType);
  const stream: NewVariant = {
    id: newId(),
    kind: 'hls',
    name: 'hls',
    contentType: PLAYLIST_TYPE,
    width: video.width,
    height: video.height,
    bitrate: null,
    sizeBytes,
    storageKey: prefix,
  };
  const renditions = video.renditions.map((rendition) => renditionRow(rendition, prefix));
  const files: NewVariant[] = [];
  for (const rendition of video.renditions) {
    if (rendition.mp4) files.push(await storeMp4(attempt, rendition, rendition.mp4));
  }
  return [stream, ...renditions, ...files];
}

function renditionRow(rendition: Rendition, prefix: string): NewVariant {
  const { name, width, height, bitrateKbps, sizeBytes } = rendition;
  return {
    id: newId(),
    kind: 'rendition',
    name,
    contentType: PLAYLIST_TYPE,
    width,
    height,
    bitrate: Math.round(bitrateKbps * 1000),
    sizeBytes,
    storageKey: `${prefix}${name}/index.m3u8`,
  };
}

async function storeMp4(
  attempt: VariantAttempt,
  { name, width, height, bitrateKbps }: Rendition,
  { path, sizeBytes }: NonNullable<Rendition['mp4']>,
): Promise<NewVariant> {
  return {
    id: newId(),
    kind: 'mp4',
    name: `mp4-${name}`,
    contentType: 'video/mp4',
    width,
    height,
    bitrate: Math.round(bitrateKbps * 1000),
    sizeBytes,
    storageKey: await attempt.put(path, `mp4-${name}`, 'video/mp4'),
  };
}
