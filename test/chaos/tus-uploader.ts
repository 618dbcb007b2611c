import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ChaosClient, waitAsTold } from './client.ts';
import type { Random } from './random.ts';
import type { Tally } from './tally.ts';

/** What a refused or broken PATCH may be: somebody else writes, the offset was another, the bytes were damaged. */
const RESUMABLE = new Set([408, 409, 423, 429, 460, 500, 502, 503, 504]);

export interface UploadFile {
  name: string;
  bytes: Buffer;
}

/** A tus client that resumes whatever happens, and sees to it that nothing acknowledged is taken back. */
export class TusUploader {
  private readonly client: ChaosClient;
  private readonly tally: Tally;

  constructor(client: ChaosClient, tally: Tally) {
    this.client = client;
    this.tally = tally;
  }

  /** @returns the id of the media */
  async upload({ name, bytes }: UploadFile): Promise<string> {
    const headers = { 'upload-metadata': metadataOf({ filename: name, filetype: 'application/pdf' }) };
    const begun = await this.create(headers, bytes);
    const media = await new TusStream(this.client, this.tally, { ...begun, bytes }).run();
    return this.client.chronicle.require(media, 'the last byte makes a media');
  }

  /** In partial uploads at once, which are put together. @returns the id of the media */
  async uploadInParallel({ name, bytes }: UploadFile): Promise<string> {
    const count = this.client.random.int(2, 4);
    const share = Math.ceil(bytes.length / count);
    const urls = await Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const part = bytes.subarray(index * share, (index + 1) * share);
        const begun = await this.create({ 'upload-concat': 'partial' }, part);
        await new TusStream(this.client, this.tally, { ...begun, bytes: part }).run();
        return begun.url;
      }),
    );
    return this.concatenate(name, urls);
  }

  private async concatenate(name: string, urls: readonly string[]): Promise<string> {
    const { client } = this;
    const key = keyFor(client.random);
    const headers = {
      'tus-resumable': '1.0.0',
      ...key,
      'upload-concat': `final;${urls.join(' ')}`,
      'upload-metadata': metadataOf({ filename: name, filetype: 'application/pdf' }),
    };
    for (;;) {
      const answer = await client.attempt({ method: 'POST', url: '/v1/tus', headers });
      if (answer?.status === 201) {
        return client.chronicle.require(answer.headers['media-id'], 'a final upload is a media');
      }
      client.chronicle.assert(
        !answer || answer.status === 404 || RESUMABLE.has(answer.status),
        `a concatenation may be repeated, and not ${answer?.status}`,
      );
      this.tally.resumes += 1;
      // The answer may have been lost: the parts are used up by what was made. With a key one need not look for it.
      const found = key ? null : await this.find(name);
      if (found) return found;
      client.chronicle.assert(answer?.status !== 404, 'the parts are there until a media is made of them');
      await waitAsTold(answer);
    }
  }

  private async find(name: string): Promise<string | null> {
    const answer = await this.client.ask({ method: 'GET', url: `/v1/media?q=${encodeURIComponent(name)}` });
    const { items } = JSON.parse(answer.body) as { items: { id: string; filename: string }[] };
    return items.find(({ filename }) => filename === name)?.id ?? null;
  }

  /** Now and then with the first bytes, or with all, where a lost answer can't leave a media that nobody knows. */
  private async create(extra: Record<string, string>, bytes: Buffer): Promise<BegunUpload> {
    const { client } = this;
    const { random } = client;
    const deferred = random.chance(0.3);
    const key = keyFor(random);
    const most = key && random.chance(0.3) ? bytes.length : random.int(1, bytes.length / 2);
    const first = random.chance(0.4) ? bytes.subarray(0, most) : null;
    for (;;) {
      const answer = await client.attempt({
        method: 'POST',
        url: '/v1/tus',
        headers: {
          'tus-resumable': '1.0.0',
          ...key,
          ...(deferred ? { 'upload-defer-length': '1' } : { 'upload-length': String(bytes.length) }),
          ...(first && { 'content-type': 'application/offset+octet-stream' }),
          ...extra,
        },
        ...(first && { body: first }),
      });
      if (answer?.status === 201) {
        const { location = '', 'upload-offset': offset, 'media-id': media } = answer.headers;
        client.chronicle.assert(location.startsWith('http'), 'a creation tells where the upload is');
        return { url: location, acknowledged: Number(offset ?? 0), media: media ?? null, deferred };
      }
      client.chronicle.assert(
        !answer || RESUMABLE.has(answer.status),
        `a creation is not refused with ${answer?.status}`,
      );
      this.tally.lostCreations += 1;
      await waitAsTold(answer);
    }
  }
}

interface BegunUpload {
  url: string;
  /** What the service has said that it has. */
  acknowledged: number;
  media: string | null;
  /** The service does not know the length yet. */
  deferred: boolean;
}

/** One upload's bytes, from where it stands to its end. */
class TusStream {
  private readonly client: ChaosClient;
  private readonly tally: Tally;
  private readonly url: string;
  private readonly bytes: Buffer;
  private acknowledged: number;
  private media: string | null;
  private deferred: boolean;

  constructor(
    client: ChaosClient,
    tally: Tally,
    { url, bytes, acknowledged, media, deferred }: BegunUpload & { bytes: Buffer },
  ) {
    this.client = client;
    this.tally = tally;
    this.url = url;
    this.bytes = bytes;
    this.acknowledged = acknowledged;
    this.media = media;
    this.deferred = deferred;
  }

  /** @returns the media, when it became one */
  async run(): Promise<string | null> {
    // A length that is still deferred when all bytes are there is told with none.
    while (this.acknowledged < this.bytes.length || this.deferred) {
      if (!(await this.patch())) {
        await sleep(this.client.random.int(0, 100));
        await this.resume();
      }
    }
    // Now and then it is asked again at the end, as a client does whose last answer was lost.
    if (this.client.random.chance(0.3)) await this.resume();
    return this.media;
  }

  /** @returns whether it was taken */
  private async patch(): Promise<boolean> {
    const { chronicle, random } = this.client;
    const offset = this.acknowledged;
    const rest = this.bytes.length - offset;
    const length = random.chance(0.4) ? rest : Math.min(rest, random.int(1, 4 * 1024 ** 2));
    const body = this.bytes.subarray(offset, offset + length);
    const answer = await this.client.attempt({
      method: 'PATCH',
      url: this.url,
      headers: {
        'tus-resumable': '1.0.0',
        'content-type': 'application/offset+octet-stream',
        'upload-offset': String(offset),
        // It may be told every time, as long as it is the same.
        ...(length === rest && { 'upload-length': String(this.bytes.length) }),
        ...(random.chance(0.3) && { 'upload-checksum': checksumOf(body, random.pick(['sha1', 'sha256'])) }),
      },
      body,
    });
    if (answer?.status === 204) {
      if (length === rest) this.deferred = false;
      this.take(answer.headers);
      chronicle.assert(
        this.acknowledged === offset + length,
        'a PATCH that is answered 204 was taken as a whole',
      );
      return true;
    }
    chronicle.assert(
      !answer || RESUMABLE.has(answer.status),
      `a PATCH of the right offset is not refused with ${answer?.status}`,
    );
    return false;
  }

  private async resume(): Promise<void> {
    this.tally.resumes += 1;
    const answer = await this.client.ask({
      method: 'HEAD',
      url: this.url,
      headers: { 'tus-resumable': '1.0.0' },
    });
    this.client.chronicle.assert(answer.status === 200, `an upload stays known, and is not ${answer.status}`);
    this.deferred = answer.headers['upload-defer-length'] === '1';
    this.take(answer.headers);
  }

  private take({ 'upload-offset': offset, 'media-id': media }: Record<string, string | undefined>): void {
    const { chronicle } = this.client;
    const told = Number(offset);
    chronicle.assert(Number.isSafeInteger(told), `an offset is told, and not ${offset}`);
    chronicle.assert(told >= this.acknowledged, `the offset never goes down: ${this.acknowledged} → ${told}`);
    chronicle.assert(told <= this.bytes.length, `the offset is in the file: ${told}`);
    chronicle.assert(media === undefined || (this.media ?? media) === media, 'an upload becomes one media');
    this.acknowledged = told;
    this.media = media ?? this.media;
  }
}

/** Half of what is created has a key, by which it may be created again without fear. */
export function keyFor(random: Random): { 'idempotency-key': string } | null {
  return random.chance(0.5) ? { 'idempotency-key': randomUUID() } : null;
}

function metadataOf(pairs: Record<string, string>): string {
  return Object.entries(pairs)
    .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
    .join(',');
}

function checksumOf(body: Buffer, algorithm: string): string {
  return `${algorithm} ${createHash(algorithm).update(body).digest('base64')}`;
}
