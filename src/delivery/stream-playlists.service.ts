import { Injectable } from '@nestjs/common';
import { Cache } from '../cache/index.js';
import type { MediaView } from '../media/index.js';
import {
  type CaptionTrack,
  dashManifest,
  framePlaylist,
  masterPlaylist,
  mediaPlaylist,
  type MediaStream,
  type StreamRef,
  VideoStreams,
} from '../processing/index.js';
import { captionTracks } from './captions/index.js';
import { deliveryErrors } from './delivery.errors.js';

/** A playlist as it is at this moment. */
export interface Playlist {
  text: string;
  /** It is what it will be. */
  complete: boolean;
}

type Render = (stream: MediaStream, ref: StreamRef) => string | null;

/** Playlists of videos, made of what is stored of them at the moment. */
@Injectable()
export class StreamPlaylists {
  constructor(
    private readonly streams: VideoStreams,
    private readonly cache: Cache,
  ) {}

  /** Null when nothing can be played yet, or it is no video of ours. */
  master(media: MediaView): Promise<Playlist | null> {
    const captions = captionTracks(media);
    return this.render(media, withCaptions('master', captions), (stream) =>
      stream.playable ? masterPlaylist(stream, captions) : null,
    );
  }

  /** The DASH manifest; null before all is there. @throws DASH_UNAVAILABLE for an encrypted stream */
  manifest(media: MediaView): Promise<Playlist | null> {
    const captions = captionTracks(media);
    return this.render(media, withCaptions('manifest', captions), (stream, { encrypted }) => {
      // DASH has encryption within samples (ISO/IEC 23001-7), and none of whole segments.
      if (encrypted) throw deliveryErrors.DASH_UNAVAILABLE();
      return stream.ended ? dashManifest({ stream, captions, base: '../hls/' }) : null;
    });
  }

  /** The I-frame playlist of a rendition; null when there is no such one of pictures, nothing of it, or it is encrypted. */
  frames(media: MediaView, name: string): Promise<Playlist | null> {
    return this.render(media, `${name}/frames`, (stream) => {
      const found = stream.video.find((one) => one.name === name);
      return found && found.segments.length > 0 && !found.key ? framePlaylist(stream, found) : null;
    });
  }

  /** Null when there is no such rendition, or nothing of it. */
  rendition(media: MediaView, name: string): Promise<Playlist | null> {
    return this.render(media, name, (stream) => {
      const found = [...stream.video, ...stream.audio].find((one) => one.name === name);
      return found && found.segments.length > 0 ? mediaPlaylist(stream, found) : null;
    });
  }

  private async render(
    { id, generation }: MediaView,
    name: string,
    render: Render,
  ): Promise<Playlist | null> {
    const ref = await this.streams.current(id, generation);
    if (!ref) return null;
    const make = () => this.make(ref, render);
    const text = ref.complete
      ? await this.cache.remember('playlist', `${ref.planId}/${name}`, make)
      : await make();
    return text === null ? null : { text, complete: ref.complete };
  }

  private async make(ref: StreamRef, render: Render): Promise<string | null> {
    const stream = await this.streams.load(ref);
    return stream && render(stream, ref);
  }
}

/** Captions may change when all else is complete. */
function withCaptions(name: string, captions: readonly CaptionTrack[]): string {
  return [name, ...captions.map(({ language, label, tag }) => JSON.stringify([language, label, tag]))].join(
    '/',
  );
}
