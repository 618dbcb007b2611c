import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, type ChaosClient, waitAsTold } from './client.ts';
import { sha256Of } from './content.ts';
import { PART_BYTES } from './plan.ts';
import type { Tally } from './tally.ts';
import { keyFor, type UploadFile } from './tus-uploader.ts';

const WORKERS = 2;
const PASSING = new Set([408, 423, 429, 500, 502, 503, 504]);

interface Session {
  id: string;
  state: string;
  partCount: number;
  parts: { partNumber: number; etag: string; size: number }[];
}

/** A client of multipart sessions, that sees to it that no part that was taken is asked for again. */
export class MultipartUploader {
  private readonly client: ChaosClient;
  private readonly tally: Tally;
  /** Tags of the parts that the service has said that it has. */
  private readonly acknowledged = new Map<number, string>();

  constructor(client: ChaosClient, tally: Tally) {
    this.client = client;
    this.tally = tally;
  }

  /** Parts in any order, at once, some of them again. @returns the id of the media */
  async upload(file: UploadFile): Promise<string> {
    const { random } = this.client;
    const { id, partCount } = await this.create(file);
    const numbers = Array.from({ length: partCount }, (_, index) => index + 1);
    const again = numbers.filter(() => random.chance(0.25));
    const queue = random.shuffle([...numbers, ...again]);
    await Promise.all(
      Array.from({ length: WORKERS }, async () => {
        for (let number = queue.shift(); number !== undefined; number = queue.shift()) {
          await this.put({ id, number, body: partOf(file.bytes, number) });
        }
      }),
    );
    return this.complete(id);
  }

  private async create({ name, bytes }: UploadFile): Promise<Session> {
    const { client } = this;
    const body = {
      filename: name,
      size: bytes.length,
      partSize: PART_BYTES,
      contentType: 'application/pdf',
      ...(client.random.chance(0.5) && { sha256: sha256Of(bytes) }),
    };
    const key = keyFor(client.random);
    for (;;) {
      const { headers, ...request } = jsonRequest('/v1/uploads', body);
      const answer = await client.attempt({ ...request, headers: { ...headers, ...key } });
      if (answer?.status === 201) return JSON.parse(answer.body) as Session;
      client.chronicle.assert(
        !answer || PASSING.has(answer.status) || (key !== null && answer.status === 409),
        `a session is not refused with ${answer?.status}`,
      );
      this.tally.lostCreations += 1;
      await waitAsTold(answer);
    }
  }

  /** Puts a part until it is taken. */
  private async put({ id, number, body }: { id: string; number: number; body: Buffer }): Promise<void> {
    const { client } = this;
    for (;;) {
      const answer = await client.attempt({
        method: 'PUT',
        url: `/v1/uploads/${id}/parts/${number}`,
        headers: { 'content-type': 'application/octet-stream', ...this.checksum(body) },
        body,
      });
      if (answer?.status === 200) {
        const { etag, size } = JSON.parse(answer.body) as { etag: string; size: number };
        client.chronicle.assert(
          etag === sha256Of(body) && size === body.length,
          'a part is stored as it was sent',
        );
        this.acknowledged.set(number, etag);
        return;
      }
      client.chronicle.assert(
        !answer || PASSING.has(answer.status),
        `a part is not refused with ${answer?.status}`,
      );
      await sleep(client.random.int(0, 200));
      await this.look(id);
      // Its answer may have been lost; or it is a repetition, and the first one counts.
      if (this.acknowledged.has(number)) return;
    }
  }

  private async look(id: string): Promise<void> {
    const { client } = this;
    this.tally.resumes += 1;
    const before = new Map(this.acknowledged);
    const answer = await client.ask({ method: 'GET', url: `/v1/uploads/${id}` });
    client.chronicle.assert(answer.status === 200, `a session stays known, and is not ${answer.status}`);
    const listed = new Map(
      (JSON.parse(answer.body) as Session).parts.map(({ partNumber, etag }) => [partNumber, etag]),
    );
    for (const [number, etag] of before) {
      client.chronicle.assert(listed.get(number) === etag, `part ${number} was taken, and stays so`);
    }
    for (const [number, etag] of listed) this.acknowledged.set(number, etag);
  }

  private async complete(id: string): Promise<string> {
    const { client } = this;
    const parts = [...this.acknowledged].map(([partNumber, etag]) => ({ partNumber, etag }));
    const body = client.random.chance(0.7) ? { parts: client.random.shuffle(parts) } : {};
    const first = mediaIn(await client.ask(jsonRequest(`/v1/uploads/${id}/complete`, body)), client);
    if (client.random.chance(0.3)) {
      const second = mediaIn(await client.ask(jsonRequest(`/v1/uploads/${id}/complete`, body)), client);
      client.chronicle.assert(first === second, 'completing twice answers the same');
    }
    return first;
  }

  private checksum(body: Buffer): Record<string, string> {
    const way = this.client.random.int(0, 2);
    if (way === 0) return {};
    return way === 1
      ? { 'content-md5': createHash('md5').update(body).digest('base64') }
      : { 'x-amz-checksum-sha256': createHash('sha256').update(body).digest('base64') };
  }
}

function mediaIn(answer: Answer, { chronicle }: ChaosClient): string {
  chronicle.assert(
    answer.status === 201,
    `a session that has all its parts becomes a media, and is not ${answer.status}`,
  );
  return (JSON.parse(answer.body) as { id: string }).id;
}

function partOf(bytes: Buffer, number: number): Buffer {
  return bytes.subarray((number - 1) * PART_BYTES, number * PART_BYTES);
}

function jsonRequest(url: string, body: object) {
  return {
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(body)),
  };
}
