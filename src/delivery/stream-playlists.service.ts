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
  streamFileKeys,
  type StreamRef,
  type StreamRendition,
  VideoStreams,
} from '../processing/index.js';
import { captionTracks } from './captions/index.js';
import type { Delivery } from './delivery-access.js';
import { deliveryErrors } from './delivery.errors.js';
import { PresignedPlaylists } from './presigned/presigned-playlists.js';
import { urlLifetime } from './presigned/url-lifetime.js';
import type { Playlist } from './stream-answer.js';

type Viewing = Pick<Delivery, 'media' | 'grantedUntil'>;
type Render = (stream: MediaStream, ref: StreamRef) => string | null;

/** Playlists of videos, made of what is stored of them at the moment. */
@Injectable()
export class StreamPlaylists {
  constructor(
    private readonly streams: VideoStreams,
    private readonly cache: Cache,
    private readonly presigned: PresignedPlaylists,
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
  frames(viewing: Viewing, name: string): Promise<Playlist | null> {
    return this.renderSegments(viewing, { name, file: 'frames' }, (stream) => {
      const found = stream.video.find((one) => one.name === name);
      return found && found.segments.length > 0 && !found.key ? framePlaylist(stream, found) : null;
    });
  }

  /** Null when there is no such rendition, or nothing of it. */
  rendition(viewing: Viewing, name: string): Promise<Playlist | null> {
    return this.renderSegments(viewing, { name, file: 'index' }, (stream) => {
      const found = renditionOf(stream, name);
      return found && found.segments.length > 0 ? mediaPlaylist(stream, found) : null;
    });
  }

  /** A playlist that names segments: where they are in this service, or in the store. */
  private async renderSegments(
    { media, grantedUntil }: Viewing,
    { name, file }: { name: string; file: string },
    render: Render,
  ): Promise<Playlist | null> {
    const found = await this.render(media, `${name}/${file}`, render);
    if (!found || !this.presigned.enabled) return found;
    const { ref, text } = found;
    const lifetime = urlLifetime({
      now: Date.now() / 1000,
      plannedAt: ref.plannedAt,
      filmSeconds: ref.durationMs / 1000,
      until: grantedUntil && grantedUntil.getTime() / 1000,
    });
    const keys = async (): Promise<ReadonlyMap<string, string>> => {
      const stream = await this.streams.load(ref);
      const rendition = stream && renditionOf(stream, name);
      return rendition ? streamFileKeys(stream, rendition) : new Map<string, string>();
    };
    const kept = ref.complete ? `${ref.planId}/${name}/${file}` : null;
    return {
      ...found,
      text: await this.presigned.sign({ text, name: kept, lifetime, keys }),
      signedAt: lifetime.signedAt,
    };
  }

  private async render(
    { id, generation, createdAt }: MediaView,
    name: string,
    render: Render,
  ): Promise<(Playlist & { ref: StreamRef }) | null> {
    const ref = await this.streams.current(id, generation);
    if (!ref) return null;
    const make = () => this.make(ref, render);
    const text = ref.complete
      ? await this.cache.remember('playlist', `${ref.planId}/${name}`, make)
      : await make();
    if (text === null) return null;
    return { ref, text, complete: ref.complete, signedAt: null, lastModified: new Date(createdAt) };
  }

  private async make(ref: StreamRef, render: Render): Promise<string | null> {
    const stream = await this.streams.load(ref);
    return stream && render(stream, ref);
  }
}

function renditionOf({ video, audio }: MediaStream, name: string): StreamRendition | undefined {
  return [...video, ...audio].find((rendition) => rendition.name === name);
}

/** Captions may change when all else is complete. */
function withCaptions(name: string, captions: readonly CaptionTrack[]): string {
  return [name, ...captions.map(({ language, label, tag }) => JSON.stringify([language, label, tag]))].join(
    '/',
  );
}
