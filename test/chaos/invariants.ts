import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { Violation } from './chronicle.ts';

const READY_MS = 120_000;
const RECONCILED_MS = 120_000;

/** Where a service is, as whom to speak to it, and its database. */
export interface ServiceUnderTest {
  readonly url: string;
  readonly token: string;
  readonly databaseUrl: string;
}

/** What an upload has become. */
export interface Finished {
  media: string;
  sizeBytes: number;
  sha256: string;
}

/** What must hold once every upload has ended. */
export class Invariants {
  private readonly service: ServiceUnderTest;

  constructor(service: ServiceUnderTest) {
    this.service = service;
  }

  /** @throws Violation */
  async isIdentical({ media, sizeBytes, sha256 }: Finished): Promise<void> {
    const row = await this.ready(media);
    this.assert(
      row.sha256 === sha256,
      `the row of media ${media} has the SHA-256 ${row.sha256}, not ${sha256}`,
    );
    this.assert(row.size === sizeBytes, `the row of media ${media} has ${row.size} bytes, not ${sizeBytes}`);
    const download = await this.call('GET', `/v1/media/${media}/download`);
    this.assert(download.status === 200, `media ${media} is delivered, and not ${download.status}`);
    const hash = createHash('sha256');
    for await (const chunk of download.body ?? []) hash.update(chunk as Uint8Array);
    const delivered = hash.digest('hex');
    this.assert(
      delivered === sha256,
      `media ${media} is delivered with the SHA-256 ${delivered}, not ${sha256}`,
    );
  }

  /**
   * What is left of creations whose answer was lost is given up, as it would be when its time is over.
   * @param most how many there may be
   * @returns how many there were
   */
  async giveUpOrphans(most: number): Promise<number> {
    const orphans = await this.rows<{ id: string; protocol: string }>(
      `select id, protocol from upload where state in ('open', 'finishing')`,
    );
    this.assert(orphans.length <= most, `${orphans.length} uploads are unfinished, at most ${most} can be`);
    for (const { id, protocol } of orphans) {
      const path = protocol === 'tus' ? `/v1/tus/${id}` : `/v1/uploads/${id}`;
      const { status } = await this.call('DELETE', path);
      this.assert(status === 204, `an upload that nobody knows can be given up, and is not ${status}`);
    }
    return orphans.length;
  }

  /** Quota is what is there: usage the media, and no reservations. */
  async hasExactQuota(finished: readonly Pick<Finished, 'sizeBytes'>[]): Promise<void> {
    const account = await this.json<Record<string, number>>('GET', '/v1/quotas/users/developer');
    const usedBytes = finished.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const expected = { usedBytes, reservedBytes: 0, mediaCount: finished.length };
    for (const [name, value] of Object.entries(expected)) {
      this.assert(account[name] === value, `${name} of the quota is ${account[name]}, not ${value}`);
    }
    const reservations = await this.rows('select id, bytes from quota_reservation');
    this.assert(reservations.length === 0, `reservations are left: ${JSON.stringify(reservations)}`);
    const { drifts } = await this.json<{ drifts: unknown[] }>('POST', '/v1/admin/quotas/recalculate');
    this.assert(drifts.length === 0, `quota has drifted: ${JSON.stringify(drifts)}`);
  }

  /** The service's own look over database, storage, quota and queues. @returns false when it has none */
  async isReconciled(): Promise<boolean> {
    const answer = await this.call('POST', '/v1/admin/reconcile', { dryRun: true });
    if (answer.status === 404) return false;
    this.assert(answer.status === 202, `a reconciliation is taken, and not ${answer.status}`);
    const { id } = (await answer.json()) as { id: string };
    for (const deadline = Date.now() + RECONCILED_MS; Date.now() < deadline; await sleep(200)) {
      const run = await this.json<{ state: string; findings: unknown[] }>('GET', `/v1/admin/reconcile/${id}`);
      this.assert(run.state !== 'failed', 'a reconciliation does not fail');
      if (run.state !== 'done') continue;
      this.assert(
        run.findings.length === 0,
        `the reconciliation finds ${JSON.stringify(run.findings, null, 1)}`,
      );
      return true;
    }
    throw new Violation(`the reconciliation was not done after ${RECONCILED_MS} ms`);
  }

  private async ready(media: string): Promise<{ sha256: string; size: number }> {
    let last = '';
    for (const deadline = Date.now() + READY_MS; Date.now() < deadline; await sleep(200)) {
      const answer = await this.call('GET', `/v1/media/${media}`);
      last = await answer.text();
      const row = JSON.parse(last) as { status: string; sha256: string; size: number };
      if (row.status === 'ready') return row;
      this.assert(
        answer.status === 200 && row.status !== 'failed' && row.status !== 'quarantined',
        `media ${media} becomes ready: ${last}`,
      );
    }
    throw new Violation(`media ${media} was not ready after ${READY_MS} ms: ${last}`);
  }

  private async rows<T extends pg.QueryResultRow>(statement: string): Promise<T[]> {
    const client = new pg.Client({ connectionString: this.service.databaseUrl });
    await client.connect();
    try {
      return (await client.query<T>(statement)).rows;
    } finally {
      await client.end();
    }
  }

  private async json<T>(method: string, path: string): Promise<T> {
    const answer = await this.call(method, path);
    this.assert(answer.ok, `${method} ${path} is answered, and not ${answer.status}`);
    return (await answer.json()) as T;
  }

  private call(method: string, path: string, body?: object): Promise<Response> {
    return fetch(this.service.url + path, {
      method,
      headers: {
        authorization: `Bearer ${this.service.token}`,
        'tus-resumable': '1.0.0',
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
  }

  private assert(holds: boolean, invariant: string): void {
    if (!holds) throw new Violation(`violated: ${invariant}`);
  }
}
