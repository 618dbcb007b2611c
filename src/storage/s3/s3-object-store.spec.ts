import { describe, expect, it } from '@jest/globals';
import type { StorageConfig } from '../../config/index.js';
import { partSizeFor } from './s3-client.js';
import { partRanges } from './s3-copy.js';
import { S3ObjectStore } from './s3-object-store.js';

const MEBIBYTE = 1024 ** 2;
const config: StorageConfig['s3'] = {
  bucket: 'bucket',
  region: 'eu-central-1',
  endpoint: 'http://s3.internal:9000',
  publicEndpoint: 'https://files.example.org',
  credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
  forcePathStyle: true,
};

describe('partSizeFor', () => {
  it.each([
    ['a small limit', 1, 5],
    ['what fits into 10,000 smallest parts', 50_000 * MEBIBYTE, 5],
    ['one byte more', 50_000 * MEBIBYTE + 1, 6],
    ["S3's largest object", 5 * MEBIBYTE * MEBIBYTE, 525],
  ])('fits %s', (_case, maxObjectBytes, mebibytes) => {
    expect(partSizeFor(maxObjectBytes)).toBe(mebibytes * MEBIBYTE);
  });
});

describe('partRanges', () => {
  it.each([
    [10, 10, ['bytes=0-9']],
    [11, 10, ['bytes=0-9', 'bytes=10-10']],
    [20, 10, ['bytes=0-9', 'bytes=10-19']],
  ])('cuts %d bytes into parts of %d', (size, part, expected) => {
    expect(partRanges(size, part)).toEqual(expected);
  });

  it('makes parts larger rather than more than 10,000', () => {
    const ranges = partRanges(100_001, 10);
    expect(ranges.length).toBeLessThanOrEqual(10_000);
    expect(ranges.at(-1)).toMatch(/-100000$/);
  });
});

describe('presigned URLs of S3ObjectStore', () => {
  const presign = { expiresInSeconds: 300, contentType: 'video/mp4' };

  it('name the public endpoint, or else the one of the service', async () => {
    const own = await new S3ObjectStore({ ...config, publicEndpoint: null }).presignGet('a/b', presign);
    expect(new URL(own).origin).toBe('http://s3.internal:9000');
    const url = new URL(await new S3ObjectStore(config).presignGet('a/b', presign));
    expect(url.origin + url.pathname).toBe('https://files.example.org/bucket/a/b');
    expect(url.searchParams.get('X-Amz-Expires')).toBe('300');
    expect(url.searchParams.get('response-content-type')).toBe('video/mp4');
  });

  it('of many objects name each, hold from a given moment, and are equal for it', async () => {
    const store = new S3ObjectStore(config);
    const options = { signedAt: new Date('2026-01-02T03:04:05.678Z'), expiresInSeconds: 7200 };
    const urls = await store.presignGets(['a/1', "a/2 ü!'"], options);
    expect(urls.map((url) => url.split('?')[0])).toEqual([
      'https://files.example.org/bucket/a/1',
      'https://files.example.org/bucket/a/2%20%C3%BC%21%27',
    ]);
    const { searchParams } = new URL(urls[0] ?? '');
    expect(searchParams.get('X-Amz-Date')).toBe('20260102T030405Z');
    expect(searchParams.get('X-Amz-Expires')).toBe('7200');
    expect(await store.presignGets(['a/1'], options)).toEqual(urls.slice(0, 1));
    await expect(store.presignGets(['../a'], options)).rejects.toMatchObject({ code: 'INVALID_STORAGE_KEY' });
  });

  it('bind type and length of what is put, and ask for no checksum', async () => {
    const url = new URL(await new S3ObjectStore(config).presignPut('a', { ...presign, sizeBytes: 5 }));
    expect(url.searchParams.get('X-Amz-SignedHeaders')).toBe('content-length;content-type;host');
    expect([...url.searchParams.keys()].filter((name) => /checksum/i.test(name))).toEqual([]);
  });

  it('are refused for what is no key', async () => {
    const store = new S3ObjectStore(config);
    await expect(store.presignGet('../a', presign)).rejects.toMatchObject({ code: 'INVALID_STORAGE_KEY' });
    await expect(store.presignPut('../a', presign)).rejects.toMatchObject({ code: 'INVALID_STORAGE_KEY' });
  });
});
