import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Test } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AppConfigModule, loadConfig } from '../config/index.js';
import { FetchGuard, Scanner, SecurityModule, UrlSigner } from './index.js';

let dataDir: string;
beforeAll(async () => (dataDir = await mkdtemp(join(tmpdir(), 'security-'))));
afterAll(() => rm(dataDir, { recursive: true }));

const request = { resource: '/v1/m', scope: 'exact', expiresAtSeconds: 2_000_000_000 } as const;

async function start(env: Record<string, string> = {}) {
  const config = loadConfig({ DATA_DIR: dataDir, ...env });
  return Test.createTestingModule({ imports: [AppConfigModule.register(config), SecurityModule] }).compile();
}

describe('SecurityModule', () => {
  it('scans nothing when no scanner is configured', async () => {
    expect((await start()).get(Scanner).name).toBe('none');
  });

  it('scans with ClamAV when it is configured', async () => {
    expect((await start({ CLAMAV_HOST: 'clamav' })).get(Scanner).name).toBe('clamav');
  });

  it('keeps the key that it makes, so that signed URLs outlive a restart', async () => {
    const token = (await start()).get(UrlSigner).sign(request);
    expect((await start()).get(UrlSigner).sign(request)).toBe(token);
  });

  it('takes the configured keys, the previous one to verify', async () => {
    const [first, second] = ['1'.repeat(32), '2'.repeat(32)];
    const token = (await start({ URL_SIGNING_KEY: first })).get(UrlSigner).sign(request);
    const rotated = await start({ URL_SIGNING_KEY: second, URL_SIGNING_KEY_PREVIOUS: first });
    expect(rotated.get(UrlSigner).sign(request)).not.toBe(token);
    expect(() => rotated.get(UrlSigner).verify(token, request.resource)).not.toThrow();
  });

  it('imports from public hosts, or from those that are configured', async () => {
    const forbidden = expect.objectContaining({ code: 'IMPORT_URL_FORBIDDEN' });
    const guard = (await start()).get(FetchGuard);
    const options = { signal: AbortSignal.timeout(5000), maxBytes: 1 };
    await expect(guard.open('http://localhost:8080/', options)).rejects.toEqual(forbidden);
    expect(() => guard.check('http://10.1.2.3/')).toThrow(forbidden);
    const listed = (
      await start({ IMPORT_ALLOWED_HOSTS: '10.1.0.0/16', IMPORT_DENIED_HOSTS: '10.1.9.9' })
    ).get(FetchGuard);
    expect(() => listed.check('http://10.1.2.3/')).not.toThrow();
    expect(() => listed.check('http://10.1.9.9/')).toThrow(forbidden);
  });
});
