import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MediaRemovalService } from '../../src/media/index.js';
import { QuotaService } from '../../src/quota/index.js';
import { PendingDeletions } from '../../src/storage/index.js';
import { inspectAll } from '../support/reconciliation.js';
import { s3Environment, type S3Server, startS3Server } from '../support/s3-server.js';
import { PUBLIC_ADDRESS, type SourceSite, startSourceSite } from '../support/source-site.js';
import { type TestApp, startTestApp } from '../support/test-app.js';
import { Traffic } from '../support/traffic.js';

const DURATION_MS = 10_000;

describe.each(['local', 's3'] as const)('dry runs of a reconciliation beside traffic on %s', (driver) => {
  let s3: S3Server | null = null;
  let site: SourceSite;
  const services: TestApp[] = [];
  beforeAll(async () => {
    s3 = driver === 's3' ? await startS3Server() : null;
    site = await startSourceSite();
    const env = {
      IMPORT_ALLOWED_HOSTS: PUBLIC_ADDRESS,
      PURGE_GRACE_SECONDS: '0',
      QUOTA_ORG_DEFAULT_BYTES: '100000000000',
      ...(s3 && s3Environment(s3)),
    };
    const first = await startTestApp({ env });
    services.push(first, await startTestApp({ env, beside: first }));
  });
  afterAll(async () => {
    for (const service of services.toReversed()) await service.close();
    await s3?.stop();
    await site.stop();
  });

  it('find nothing, whatever goes on in two processes', async () => {
    const [, second] = services;
    if (!second) throw new Error('there is no second process');
    const deadline = Date.now() + DURATION_MS;
    const traffic = Traffic.start(services, { site, signsUploads: driver === 's3' });
    let over = false;
    const upkeep = (async () => {
      while (!over) {
        await second.app.get(PendingDeletions).sweep(100);
        await second.app.get(MediaRemovalService).purgeTrash(new Date(), 100);
        await second.app.get(QuotaService).releaseExpired(100);
      }
    })();
    const seen: Record<string, number> = {};
    let runs = 0;
    try {
      while (Date.now() < deadline || runs < 6) {
        const report = await inspectAll(second);
        expect(report.findings).toEqual([]);
        for (const [what, count] of Object.entries(report.counts)) seen[what] = (seen[what] ?? 0) + count;
        runs += 1;
      }
    } finally {
      over = true;
      await traffic.stop();
      await upkeep;
    }
    expect((await inspectAll(second)).findings).toEqual([]);
    for (const [what, times] of Object.entries(traffic.done)) expect([what, times > 0]).toEqual([what, true]);
    for (const what of [
      'media',
      'originals',
      'variants',
      'uploads',
      'reservations',
      'objects',
      'pendingDeletions',
    ])
      expect([what, (seen[what] ?? 0) > 0]).toEqual([what, true]);
  }, 180_000);
});
