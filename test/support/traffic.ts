import type { RequestListener } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Api, jsonOf } from './api.js';
import { smallPicture } from './media-client.js';
import { PUBLIC_ADDRESS, type SourceSite } from './source-site.js';
import type { TestApp } from './test-app.js';
import { documentOf, metadataOf, Tus } from './tus.js';

const MIB = 1024 ** 2;
const PART = 5 * MIB;

/** Everything that users do, again and again, until it is stopped. */
export class Traffic {
  /** How often each thing was done to its end. */
  readonly done: Record<string, number> = {};
  private readonly loops: Promise<void>[] = [];
  private stopped = false;
  private number = 0;

  private constructor(
    private readonly services: readonly TestApp[],
    private readonly site: SourceSite,
  ) {}

  /**
   * @param options.site where imports come from
   * @param options.signsUploads the store takes uploads straight from clients
   */
  static start(
    services: readonly TestApp[],
    { site, signsUploads = false }: { site: SourceSite; signsUploads?: boolean },
  ): Traffic {
    const traffic = new Traffic(services, site);
    site.answer = slowly;
    traffic.loop('import', (api) => traffic.import(api));
    traffic.loop('form', (api) => traffic.form(api));
    traffic.loop('duplicate', (api) => traffic.duplicate(api));
    traffic.loop('refused', (api) => traffic.refused(api));
    traffic.loop('tus', (_, tus) => traffic.tus(tus));
    traffic.loop('concatenation', (_, tus) => traffic.concatenation(tus));
    traffic.loop('parts', (api) => traffic.parts(api));
    if (signsUploads) traffic.loop('direct', (api) => traffic.direct(api));
    return traffic;
  }

  /** Resolves when everything that was begun is done. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.loops);
  }

  private loop(name: string, round: (api: Api, tus: Tus) => Promise<void>): void {
    this.done[name] = 0;
    this.loops.push(
      (async () => {
        while (!this.stopped) {
          const service = this.services[this.next() % this.services.length];
          if (!service) return;
          await round(await Api.as(service, { org: 'acme' }), await Tus.as(service));
          this.done[name] = (this.done[name] ?? 0) + 1;
        }
      })(),
    );
  }

  private next(): number {
    return (this.number += 1);
  }

  /** Upload, transform, reprocess, trash, restore, purge. */
  private async form(api: Api): Promise<void> {
    const { id } = await api.uploadReady(await smallPicture(this.next()));
    await Promise.all([8, 9].map((width) => api.get(`/v1/media/${id}/resize?width=${width}`)));
    await api.send('POST', `/v1/media/${id}/reprocess`);
    await api.until(id);
    await api.send('DELETE', `/v1/media/${id}`);
    await api.send('POST', `/v1/media/${id}/restore`);
    // While it is made, and away before it is kept.
    const late = api.get(`/v1/media/${id}/resize?width=10`);
    await api.send('DELETE', `/v1/media/${id}?permanent=true`);
    await late;
  }

  /** The same bytes at once, and purged at once. */
  private async duplicate(api: Api): Promise<void> {
    const picture = await smallPicture(this.next());
    const media = await Promise.all(['a.png', 'b.png', 'c.png'].map((name) => api.upload(picture, { name })));
    await Promise.all(media.map(({ id }) => api.send('DELETE', `/v1/media/${id}?permanent=true`)));
  }

  private async refused(api: Api): Promise<void> {
    const form = new FormData();
    form.append('sha256', '0'.repeat(64));
    form.append('file', new Blob([new Uint8Array(documentOf(200_000, this.next()))]), 'a.pdf');
    await api.request('/v1/media', { method: 'POST', body: form });
  }

  /** Cut off, continued, and every third time given up. */
  private async tus(tus: Tus): Promise<void> {
    const bytes = documentOf(2 * MIB, this.next());
    const path = await tus.create({
      'upload-length': String(bytes.length),
      'upload-metadata': metadataOf({ filename: 'a.pdf' }),
    });
    const cut = tus.openPatch(path, 0, { 'content-length': String(bytes.length) });
    cut.on('error', () => undefined);
    cut.write(bytes.subarray(0, MIB));
    await sleep(20);
    cut.destroy();
    const offset = await tus.offset(path);
    if (this.next() % 3 === 0) await tus.send('DELETE', path);
    else await tus.patch(path, offset, bytes.subarray(offset));
  }

  private async concatenation(tus: Tus): Promise<void> {
    const partials = await Promise.all(
      [1, 2].map(() =>
        tus.create(
          { 'upload-length': '100000', 'upload-concat': 'partial' },
          documentOf(100_000, this.next()),
        ),
      ),
    );
    await tus.create({
      'upload-concat': `final;${partials.join(' ')}`,
      'upload-metadata': metadataOf({ filename: 'a.pdf' }),
    });
  }

  /** Parts at once and again, also while the session is completed. */
  private async parts(api: Api): Promise<void> {
    const bytes = documentOf(PART + 1000, this.next());
    const id = await this.session(api, bytes.length);
    const put = (number: number): Promise<unknown> =>
      api.request(`/v1/uploads/${id}/parts/${number}`, {
        method: 'PUT',
        body: new Uint8Array(bytes.subarray((number - 1) * PART, number * PART)),
      });
    await Promise.all([put(1), put(2), put(2)]);
    if (this.next() % 3 === 0) await Promise.all([put(2), api.send('DELETE', `/v1/uploads/${id}`)]);
    else await Promise.all([put(2), put(1), api.send('POST', `/v1/uploads/${id}/complete`, { body: {} })]);
  }

  /** Fetched, trashed on the way and restored, purged on the way, or not there. */
  private async import(api: Api): Promise<void> {
    const number = this.next();
    const path = number % 4 === 0 ? 'missing' : String(number);
    const body = { url: `http://${PUBLIC_ADDRESS}:${this.site.port}/${path}`, filename: 'a.pdf' };
    const { id } = await jsonOf<{ id: string }>(await api.send('POST', '/v1/media/import', { body }), 202);
    await sleep((number * 7) % 150);
    if (number % 4 === 1) {
      await api.send('DELETE', `/v1/media/${id}`);
      await sleep(50);
      await api.send('POST', `/v1/media/${id}/restore`);
    } else if (number % 4 === 2) await api.until(id);
    await api.send('DELETE', `/v1/media/${id}?permanent=true`);
  }

  /** Straight to the store, known there already, hashed by a job, purged meanwhile every other time. */
  private async direct(api: Api): Promise<void> {
    const bytes = documentOf(100_000, this.next() % 4);
    const id = await this.session(api, bytes.length);
    const signed = await jsonOf<{ url: string; headers: Record<string, string> }>(
      await api.send('POST', `/v1/uploads/${id}/sign`),
      200,
    );
    const answer = await fetch(signed.url, {
      method: 'PUT',
      body: new Uint8Array(bytes),
      headers: signed.headers,
    });
    if (!answer.ok) throw new Error(await answer.text());
    await jsonOf(await api.send('POST', `/v1/uploads/${id}/complete`, { body: {} }), 201);
    if (this.next() % 2 === 0) await api.until(id);
    await api.send('DELETE', `/v1/media/${id}?permanent=true`);
  }

  private async session(api: Api, size: number): Promise<string> {
    const body = { filename: 'a.pdf', contentType: 'application/pdf', size, partSize: PART };
    return (await jsonOf<{ id: string }>(await api.send('POST', '/v1/uploads', { body }), 201)).id;
  }
}

/** A site that has a document of any number, and takes its time. */
const slowly: RequestListener = ({ url = '' }, response) => {
  const number = Number(url.slice(1));
  if (!Number.isInteger(number)) {
    response.writeHead(404).end();
    return;
  }
  const bytes = documentOf(300_000, number);
  response.writeHead(200, number % 2 === 0 ? { 'content-length': bytes.length } : {});
  response.write(bytes.subarray(0, 100_000));
  setTimeout(() => response.end(bytes.subarray(100_000)), 50);
};
