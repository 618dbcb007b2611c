import { setTimeout as sleep } from 'node:timers/promises';
import { lint } from '../../../scripts/lint-hls/lint.ts';
import { loadPresentation } from '../../../scripts/lint-hls/load-presentation.ts';
import { byRole } from '../../../scripts/lint-hls/presentation.ts';
import { httpReader } from '../../../scripts/lint-hls/resource.ts';
import { Violation } from '../chronicle.ts';
import type { ServiceUnderTest } from '../invariants.ts';

/** A service that was killed is back by then. */
const PERSISTENCE_MS = 90_000;
const MAX_SEGMENTS = 10_000;

export interface VideoSeen {
  id: string;
  status: string;
  progress: number;
  size: number;
  failure: { code: string } | null;
  metadata: { damaged?: boolean };
}

/** Someone who uploads videos and looks at what becomes of them. */
export class VideoClient {
  private readonly service: ServiceUnderTest;

  constructor(service: ServiceUnderTest) {
    this.service = service;
  }

  async upload(film: Buffer, name: string): Promise<VideoSeen> {
    const body = new FormData();
    body.set('file', new Blob([new Uint8Array(film)], { type: 'video/mp4' }), name);
    const answer = await fetch(`${this.service.url}/v1/media`, {
      method: 'POST',
      headers: this.headers,
      body,
    });
    if (answer.status !== 201) throw new Violation(`an upload is answered ${answer.status}`);
    return (await answer.json()) as VideoSeen;
  }

  /** As often as it takes: the API may just have been killed. */
  async get(id: string): Promise<VideoSeen> {
    for (const deadline = Date.now() + PERSISTENCE_MS; Date.now() < deadline; await sleep(100)) {
      const answer = await fetch(`${this.service.url}/v1/media/${id}`, { headers: this.headers }).catch(
        () => null,
      );
      if (answer?.status === 200) return (await answer.json()) as VideoSeen;
      await answer?.body?.cancel();
    }
    throw new Violation(`there was no answer for ${PERSISTENCE_MS} ms`);
  }

  /** Reads the whole stream. @returns what departs from a rule, and how many pictures each rendition has */
  async inspect(id: string): Promise<{ departures: string[]; frames: Record<string, number> }> {
    const master = new URL(`${this.service.url}/v1/media/${id}/hls/master.m3u8`);
    const reader = httpReader(this.headers, master);
    const presentation = await loadPresentation(master, reader, { maxSegments: MAX_SEGMENTS });
    const departures = lint(presentation)
      .filter(({ outcome }) => outcome === 'violation' || outcome === 'warning')
      .flatMap(({ rule, departures: found }) => found.map((one) => `${rule.id}: ${one}`));
    const frames = byRole(presentation, 'video').map(({ name, segments }) => {
      const count = segments
        .flatMap(({ fragments }) => fragments)
        .reduce((sum, { samples }) => sum + samples.length, 0);
      return [name, count] as const;
    });
    return { departures, frames: Object.fromEntries(frames) };
  }

  private get headers(): { authorization: string } {
    return { authorization: `Bearer ${this.service.token}` };
  }
}
