import sharp from 'sharp';
import { eventually } from './eventually.js';

/** The part of the media resource that tests of jobs look at. */
export interface MediaSeen {
  id: string;
  status: string;
  failure: { code: string; detail: string } | null;
  width: number | null;
}

/** Where a service is, and as whom to speak to it. */
export interface MediaClientOptions {
  url: string;
  bearer: string;
}

/** A user of the public API. */
export class MediaClient {
  constructor(private readonly options: MediaClientOptions) {}

  request(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(this.options.url + path, {
      ...init,
      headers: { authorization: this.options.bearer, ...(init.headers as Record<string, string>) },
    });
  }

  async upload(bytes: Buffer, { name = 'photo.png', type = 'image/png' } = {}): Promise<MediaSeen> {
    const form = new FormData();
    form.append('file', new Blob([new Uint8Array(bytes)], { type }), name);
    const response = await this.request('/v1/media', { method: 'POST', body: form });
    if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`);
    return (await response.json()) as MediaSeen;
  }

  async get(id: string): Promise<MediaSeen> {
    const response = await this.request(`/v1/media/${id}`);
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
    return (await response.json()) as MediaSeen;
  }

  /** Waits for a media to arrive at a status. */
  until(id: string, status: string, withinMs = 15_000): Promise<MediaSeen> {
    return eventually(async () => {
      const media = await this.get(id);
      if (media.status !== status) {
        throw new Error(`${id} is ${media.status} ${media.failure?.code ?? ''} and not ${status}`);
      }
      return media;
    }, withinMs);
  }
}

/** A small picture, other bytes for each number. */
export function smallPicture(number = 0): Promise<Buffer> {
  const background = { r: number % 256, g: 120, b: 200 };
  return sharp({ create: { width: 64, height: 48, channels: 3, background } })
    .png()
    .toBuffer();
}
