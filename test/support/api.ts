import type pg from 'pg';
import type { Scope } from '../../src/auth/index.js';
import { eventually } from './eventually.js';
import { rowsOf } from './store-census.js';
import type { TestApp } from './test-app.js';

/** The media resource, as far as tests look at it. */
export interface MediaJson {
  id: string;
  ownerId: string;
  orgId: string | null;
  filename: string;
  contentType: string;
  kind: string;
  size: number;
  sha256: string | null;
  status: string;
  visibility: string;
  width: number | null;
  height: number | null;
  tags: string[];
  customMetadata: Record<string, unknown>;
  failure: { code: string; detail: string } | null;
  createdAt: string;
  updatedAt: string;
  deletedAt: string | null;
}

export interface ProblemJson {
  status: number;
  code: string;
  detail: string;
  instance: string;
  errors?: { field: string; message: string }[];
}

export interface Caller {
  sub?: string;
  org?: string;
  scopes?: Scope[];
}

export interface UploadOptions {
  name?: string;
  type?: string;
  fields?: Record<string, string>;
}

/** Someone who calls the API: with a token of their own, or with none. */
export class Api {
  private constructor(
    private readonly service: TestApp,
    private readonly authorization: string | null,
  ) {}

  static async as(service: TestApp, caller: Caller = {}): Promise<Api> {
    return new Api(service, await service.bearer(caller));
  }

  static anonymous(service: TestApp): Api {
    return new Api(service, null);
  }

  /** @param path of this service, or a whole URL */
  request(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.authorization !== null) headers.set('authorization', this.authorization);
    const url = path.startsWith('http') ? path : this.service.url + path;
    return fetch(url, { redirect: 'manual', ...init, headers });
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.request(path, { headers });
  }

  head(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.request(path, { method: 'HEAD', headers });
  }

  /** Sends JSON. */
  send(
    method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    { body, headers = {} }: { body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Response> {
    if (body === undefined) return this.request(path, { method, headers });
    return this.request(path, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  }

  async json<T>(path: string): Promise<T> {
    return jsonOf<T>(await this.get(path), 200);
  }

  async upload(
    bytes: Buffer,
    { name = 'photo.png', type = 'image/png', fields = {} }: UploadOptions = {},
  ): Promise<MediaJson> {
    const form = new FormData();
    for (const [field, value] of Object.entries(fields)) form.append(field, value);
    form.append('file', new Blob([new Uint8Array(bytes)], { type }), name);
    return jsonOf<MediaJson>(await this.request('/v1/media', { method: 'POST', body: form }), 201);
  }

  /** Waits for a media to arrive at a status. */
  until(id: string, status = 'ready', withinMs = 30_000): Promise<MediaJson> {
    return eventually(async () => {
      const media = await this.json<MediaJson>(`/v1/media/${id}`);
      if (media.status !== status) {
        throw new Error(`${id} is ${media.status} ${media.failure?.code ?? ''} and not ${status}`);
      }
      return media;
    }, withinMs);
  }

  async uploadReady(bytes: Buffer, options: UploadOptions = {}): Promise<MediaJson> {
    return this.until((await this.upload(bytes, options)).id);
  }

  async patch(id: string, body: unknown, headers: Record<string, string> = {}): Promise<MediaJson> {
    return jsonOf<MediaJson>(await this.send('PATCH', `/v1/media/${id}`, { body, headers }), 200);
  }

  /** A signed URL for a target of a media. */
  async sign(id: string, target: string, expiresIn = 600): Promise<{ url: string; expiresAt: string }> {
    return jsonOf(
      await this.send('POST', `/v1/media/${id}/signed-urls`, { body: { target, expiresIn } }),
      201,
    );
  }
}

/** @throws Error with the body when the status is another */
export async function jsonOf<T>(response: Response, status: number): Promise<T> {
  const text = await response.text();
  if (response.status !== status) throw new Error(`${response.status} and not ${status}: ${text}`);
  return JSON.parse(text) as T;
}

/** Status and code of an answer, for one comparison. */
export async function problemOf(response: Response): Promise<string> {
  const text = await response.text();
  if (!response.headers.get('content-type')?.startsWith('application/problem+json')) {
    return `${response.status} without a problem`;
  }
  return `${response.status} ${(JSON.parse(text) as ProblemJson).code}`;
}

export async function bytesOf(response: Response): Promise<Buffer> {
  return Buffer.from(await response.arrayBuffer());
}

/** Runs statements on the database of a service, behind its back. */
export function onDatabase<T extends pg.QueryResultRow>(
  { databaseUrl }: TestApp,
  statement: string,
  values: unknown[] = [],
): Promise<T[]> {
  return rowsOf<T>(databaseUrl, statement, values);
}
