import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cases } from '../conformance/tus/cases.ts';
import { headerOf, listOf } from '../conformance/tus/expectations.ts';
import { runCase } from '../conformance/tus/runner.ts';
import { Tus, type TusOptions } from '../conformance/tus/tus.ts';
import { type ServerProcess, startServer } from '../support/server-process.js';

const MAX_UPLOAD_BYTES = 5 * 1024 ** 3;
const READABLE_MS = 20_000;
const EXTENSIONS = [
  'checksum',
  'concatenation',
  'creation',
  'creation-defer-length',
  'creation-with-upload',
  'expiration',
  'termination',
];

/** It reads no trailers, joins finished parts alone, and lets uploads live longer than a test. */
const NOT_ASKED = new Set([
  'checksum.trailer',
  'checksum.trailer-announced',
  'concat.early-offset',
  'expiration.gone',
]);

describe('tus 1.0.0 at /v1/tus', () => {
  let server: ServerProcess;
  let options: TusOptions;

  beforeAll(async () => {
    server = await startServer({
      env: { RATE_LIMIT_PER_MINUTE: '0', MAX_UPLOAD_BYTES: String(MAX_UPLOAD_BYTES) },
    });
    const headers = { Authorization: `Bearer ${server.token}` };
    options = { creationUrl: `${server.url}/v1/tus`, headers, read: (url) => download(url, headers) };
  }, 120_000);
  afterAll(() => server?.stop());

  /** The finished upload is the media of the same id; it can be had once it was checked. */
  async function download(uploadUrl: string, headers: Record<string, string>): Promise<Buffer> {
    const url = `${server.url}/v1/media/${new URL(uploadUrl).pathname.split('/').at(-1)}/download`;
    const deadline = Date.now() + READABLE_MS;
    for (;;) {
      const response = await fetch(url, { headers });
      if (response.ok) return Buffer.from(await response.arrayBuffer());
      const text = await response.text();
      if (Date.now() > deadline) throw new Error(`GET ${url}: ${response.status} ${text}`);
      await sleep(200);
    }
  }

  it('announces what it does', async () => {
    const answer = await new Tus(options).ask();
    expect(listOf(answer, 'Tus-Extension').toSorted()).toEqual(EXTENSIONS);
    expect(listOf(answer, 'Tus-Checksum-Algorithm').toSorted()).toEqual(['sha1', 'sha256']);
    expect(headerOf(answer, 'Tus-Max-Size')).toBe(String(MAX_UPLOAD_BYTES));
  });

  it.each(cases)('$section: $requires ($level)', async (one) => {
    const { result, detail } = await runCase(one, { ...options, strict: true });
    if (NOT_ASKED.has(one.id)) expect(result).toBe('skip');
    else expect({ result, detail }).toEqual({ result: 'pass', detail: '' });
  });
});
