import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { newStreamSecret, openSegment, renditionKey, sealedSize, sealSegment } from './segment-cipher.js';

const secret = Buffer.alloc(32, 7);
const key = renditionKey(secret, '480p');
const chunks = (data: Buffer, size = 7) =>
  Readable.from(
    Array.from({ length: Math.ceil(data.length / size) }, (_, at) =>
      data.subarray(at * size, (at + 1) * size),
    ),
  );
const seal = (data: Buffer, number: number) => buffer(sealSegment(chunks(data), { key, number }));

describe('encrypted segments', () => {
  it.each([0, 1, 15, 16, 17, 32, 1000])(
    'of %d bytes are read again, and are as long as foreseen',
    async (size) => {
      const data = Buffer.alloc(size, 'moof');
      const sealed = await seal(data, 3);
      expect(sealed.length).toBe(sealedSize(size));
      expect((await buffer(openSegment(chunks(sealed), { key, number: 3 }))).equals(data)).toBe(true);
    },
  );

  it('are what OpenSSL makes with the key, and the number as the vector', async () => {
    // printf 'a segment of some length' | openssl enc -aes-128-cbc -K 000102030405060708090a0b0c0d0e0f -iv …0102
    const known = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
    const data = chunks(Buffer.from('a segment of some length'));
    const sealed = await buffer(sealSegment(data, { key: known, number: 258 }));
    expect(sealed.toString('hex')).toBe('b1f1020ba7d2e831e3fe2855874a226cc7209bcb7d331bd57e001c1584dba173');
  });

  it('differ for equal bytes under another number', async () => {
    const data = Buffer.alloc(64);
    expect((await seal(data, 1)).equals(await seal(data, 2))).toBe(false);
  });

  it('are refused when they are cut, or under another key', async () => {
    const sealed = await seal(Buffer.alloc(100), 1);
    await expect(buffer(openSegment(chunks(sealed.subarray(0, 50)), { key, number: 1 }))).rejects.toThrow();
    const other = renditionKey(secret, '720p');
    const opened = await buffer(openSegment(chunks(sealed), { key: other, number: 1 })).catch(() => null);
    expect(opened?.equals(Buffer.alloc(100)) ?? false).toBe(false);
  });
});

describe('renditionKey', () => {
  it('is the same for a rendition, and another for each other and for each other secret', () => {
    expect(key).toHaveLength(16);
    expect(renditionKey(secret, '480p')).toEqual(key);
    expect(renditionKey(secret, 'audio')).not.toEqual(key);
    expect(renditionKey(newStreamSecret(), '480p')).not.toEqual(key);
  });
});
