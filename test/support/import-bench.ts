import { once } from 'node:events';
import type { RequestListener, ServerResponse } from 'node:http';
import { expect } from '@jest/globals';
import { QuotaAccountsService } from '../../src/quota/index.js';
import { ObjectStore, PendingDeletions } from '../../src/storage/index.js';
import { Api, jsonOf, type MediaJson, onDatabase } from './api.js';
import { eventually } from './eventually.js';
import { PUBLIC_ADDRESS, type SourceSite, startSourceSite } from './source-site.js';
import { startTestApp, type TestApp } from './test-app.js';

export interface UploadRow {
  state: string;
  offset: number;
  size: number | null;
  source_url: string | null;
  failure_code: string | null;
}

export interface AccountJson {
  usedBytes: number;
  reservedBytes: number;
  mediaCount: number;
}

/** A service that imports from a site beside it. */
export class ImportBench {
  private constructor(
    readonly service: TestApp,
    readonly site: SourceSite,
    readonly api: Api,
  ) {}

  static async start(env: Record<string, string> = {}): Promise<ImportBench> {
    const site = await startSourceSite();
    const service = await startTestApp({ env: { IMPORT_ALLOWED_HOSTS: `*,${PUBLIC_ADDRESS}`, ...env } });
    return new ImportBench(service, site, await Api.as(service));
  }

  async stop(): Promise<void> {
    await this.service.close();
    await this.site.stop();
  }

  url(path = '/photo.png'): string {
    return `http://${PUBLIC_ADDRESS}:${this.site.port}${path}`;
  }

  ask(body: object = {}, api = this.api): Promise<Response> {
    return api.send('POST', '/v1/media/import', { body: { url: this.url(), ...body } });
  }

  async import(body: object = {}): Promise<MediaJson> {
    return jsonOf(await this.ask(body), 202);
  }

  account(): Promise<AccountJson> {
    return this.api.json('/v1/quotas/users/alice');
  }

  async upload(id: string): Promise<UploadRow | undefined> {
    const rows = await onDatabase<UploadRow>(
      this.service,
      `select state, offset_bytes::float8 as offset, size_bytes::float8 as size, source_url, failure_code
       from upload where id = $1`,
      [id],
    );
    return rows[0];
  }

  /** Keys of all originals in the store. */
  async originals(): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of this.service.app.get(ObjectStore).list('originals/')) keys.push(key);
    return keys.toSorted();
  }

  /**
   * Nothing is left of imports but what they have made: counters are those that the rows give, no quota is reserved,
   * and once what is due is swept the store has the originals of the database and no others.
   */
  async expectNothingLeft(): Promise<void> {
    const { service } = this;
    expect(await service.app.get(QuotaAccountsService).recalculate()).toEqual([]);
    expect(await onDatabase(service, 'select id from quota_reservation')).toEqual([]);
    await eventually(async () => {
      const unfinished = await onDatabase(
        service,
        `select id from media where status in ('scanning', 'processing') and deleted_at is null`,
      );
      expect(unfinished).toEqual([]);
    }, 30_000);
    await onDatabase(service, 'update pending_deletion set due_at = now()');
    await service.app.get(PendingDeletions).sweep(1000);
    const blobs = await onDatabase<{ storage_key: string }>(service, 'select storage_key from blob');
    expect(await this.originals()).toEqual(blobs.map(({ storage_key }) => storage_key).toSorted());
  }
}

/** A site that has one file. */
export function serving(bytes: Buffer, headers: Record<string, string> = {}): RequestListener {
  return (_request, response) => {
    response.writeHead(200, { 'content-length': bytes.length, ...headers }).end(bytes);
  };
}

export function failing(status: number): RequestListener {
  return (_request, response) => response.writeHead(status).end();
}

/** A site that stops in the middle of a file, until it is told how to go on. */
export class HeldSource {
  readonly responses: ServerResponse[] = [];

  constructor(
    private readonly bytes: Buffer,
    private readonly options: { sent: number; length?: boolean },
  ) {}

  readonly answer: RequestListener = (_request, response) => {
    const { sent, length = true } = this.options;
    response.writeHead(200, length ? { 'content-length': this.bytes.length } : {});
    response.write(this.bytes.subarray(0, sent));
    this.responses.push(response);
  };

  /** The n-th connection, from 1, once it is there. */
  connection(number = 1): Promise<ServerResponse> {
    return eventually(() => {
      const response = this.responses[number - 1];
      if (!response) throw new Error(`there were ${this.responses.length} requests`);
      return response;
    });
  }

  async finish(number = 1): Promise<void> {
    (await this.connection(number)).end(this.bytes.subarray(this.options.sent));
  }

  /** Resolves when the service has let go of the connection. */
  async closed(number = 1): Promise<void> {
    const response = await this.connection(number);
    if (!response.destroyed && !response.socket?.destroyed) await once(response, 'close');
  }
}
