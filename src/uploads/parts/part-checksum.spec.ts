import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { PartChecksum } from './part-checksum.js';

const bytes = Buffer.from('a part');
const md5 = createHash('md5').update(bytes).digest('base64');
const sha256 = createHash('sha256').update(bytes).digest();

async function verify(headers: IncomingHttpHeaders, content = bytes): Promise<void> {
  const checksum = PartChecksum.of(headers);
  const source = (async function* chunks() {
    yield content.subarray(0, 2);
    yield content.subarray(2);
  })();
  const passed = await Array.fromAsync(checksum.pass(source));
  expect(Buffer.concat(passed)).toEqual(content);
  checksum.verify(createHash('sha256').update(content).digest('hex'));
}

describe('PartChecksum', () => {
  it.each([
    {},
    { 'content-md5': md5 },
    { 'x-amz-checksum-sha256': sha256.toString('base64') },
    { 'content-md5': md5, 'x-amz-checksum-sha256': sha256.toString('base64') },
  ])('accepts what is right by %j', async (headers) => {
    await expect(verify(headers)).resolves.toBeUndefined();
  });

  it.each([{ 'content-md5': md5 }, { 'x-amz-checksum-sha256': sha256.toString('base64') }])(
    'refuses other bytes by %j',
    async (headers) => {
      await expect(verify(headers, Buffer.from('others'))).rejects.toMatchObject({
        code: 'UPLOAD_PART_CHECKSUM_MISMATCH',
      });
    },
  );

  it.each([
    { 'content-md5': '' },
    { 'content-md5': sha256.toString('base64') },
    { 'content-md5': md5.replace('=', '') },
    { 'x-amz-checksum-sha256': sha256.toString('hex') },
  ])('refuses what is no digest: %j', (headers) => {
    expect(() => PartChecksum.of(headers)).toThrow('digest in base64');
  });
});
