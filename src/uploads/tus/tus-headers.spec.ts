import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  announcedLength,
  assertOffsetContentType,
  checksumOf,
  concatenationOf,
  creationHeaders,
  offsetOf,
  parseMetadata,
} from './tus-headers.js';

const codeOf = (work: () => unknown): string => {
  try {
    work();
    return 'nothing';
  } catch (error) {
    return (error as { code: string }).code;
  }
};
const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('the length that a creation announces', () => {
  it.each([
    [{ 'upload-length': '0' }, 0],
    [{ 'upload-length': '9007199254740991' }, Number.MAX_SAFE_INTEGER],
    [{ 'upload-defer-length': '1' }, null],
  ])('of %j is %p', (headers, length) => expect(announcedLength(headers)).toBe(length));

  it.each([
    {},
    { 'upload-length': '' },
    { 'upload-length': '1.5' },
    { 'upload-length': '+5' },
    { 'upload-length': '0x10' },
    { 'upload-length': '9007199254740992' },
    { 'upload-defer-length': '0' },
    { 'upload-length': '5', 'upload-defer-length': '1' },
  ])('is refused in %j', (headers) => {
    expect(codeOf(() => announcedLength(headers))).toBe('TUS_HEADER_INVALID');
  });
});

describe('the offset of a PATCH', () => {
  it('is a non-negative integer', () => expect(offsetOf({ 'upload-offset': '70' })).toBe(70));
  it.each([{}, { 'upload-offset': '-1' }, { 'upload-offset': 'a' }])('is refused in %j', (headers) => {
    expect(codeOf(() => offsetOf(headers))).toBe('TUS_HEADER_INVALID');
  });
});

describe('the content type of a body', () => {
  it.each([
    ['application/offset+octet-stream', 'nothing'],
    ['Application/Offset+Octet-Stream', 'nothing'],
    ['application/octet-stream', 'TUS_CONTENT_TYPE'],
    [undefined, 'TUS_CONTENT_TYPE'],
  ])('%p gives %s', (type, code) => {
    expect(codeOf(() => assertOffsetContentType({ ...(type && { 'content-type': type }) }))).toBe(code);
  });
});

describe('Upload-Checksum', () => {
  it.each(['sha1', 'sha256'] as const)('reads a digest of %s', (algorithm) => {
    const digest = createHash(algorithm).update('x').digest();
    const checksum = checksumOf({ 'upload-checksum': `${algorithm} ${digest.toString('base64')}` });
    expect(checksum?.algorithm).toBe(algorithm);
    expect(checksum?.digest.equals(digest)).toBe(true);
  });

  it('may be absent', () => expect(checksumOf({})).toBeNull());

  it.each([
    ['md5 XrY7u+Ae7tCTyyK7j1rNww==', 'TUS_CHECKSUM_UNSUPPORTED'],
    ['SHA1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=', 'TUS_CHECKSUM_UNSUPPORTED'],
    ['', 'TUS_CHECKSUM_UNSUPPORTED'],
    ['sha1', 'TUS_HEADER_INVALID'],
    ['sha1 Kq5s', 'TUS_HEADER_INVALID'],
    ['sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0= x', 'TUS_HEADER_INVALID'],
    ['sha1 Kq5sNclPz7QV2-lfQIuc6R7oRu0=', 'TUS_HEADER_INVALID'],
  ])('%p gives %s', (value, code) => {
    expect(codeOf(() => checksumOf({ 'upload-checksum': value }))).toBe(code);
  });
});

describe('Upload-Concat', () => {
  it.each([
    [undefined, { kind: 'none' }],
    ['partial', { kind: 'partial' }],
    ['final;/a /b', { kind: 'final', parts: ['/a', '/b'] }],
    ['final; /a  https://x.example/b', { kind: 'final', parts: ['/a', 'https://x.example/b'] }],
  ])('%p is read', (value, concatenation) => expect(concatenationOf(value)).toEqual(concatenation));

  it.each(['', 'final', 'final;', 'final; ', 'Partial', 'whole'])('%p is refused', (value) => {
    expect(codeOf(() => concatenationOf(value))).toBe('TUS_HEADER_INVALID');
  });
});

describe('Upload-Metadata', () => {
  it.each([
    [undefined, {}],
    ['', {}],
    ['is_confidential', { is_confidential: '' }],
    [`filename ${base64('Ferien 🏖.jpg')},empty `, { filename: 'Ferien 🏖.jpg', empty: '' }],
    [`a ${base64('1')}, b ${base64('2')}`, { a: '1', b: '2' }],
  ])('%p is read', (header, entries) => {
    expect(Object.fromEntries(parseMetadata(header))).toEqual(entries);
  });

  it.each([
    ['a value that is not base64', 'filename a.jpg'],
    ['base64 without its padding', 'filename YQ'],
    ['a key twice', 'a YQ==,a YQ=='],
    ['an empty key', ',a YQ=='],
    ['three words', 'a YQ== YQ=='],
    ['a key that is not ASCII', 'ä YQ=='],
    ['bytes that are not UTF-8', 'a /w=='],
  ])('%s is refused', (_name, header) => {
    expect(codeOf(() => parseMetadata(header))).toBe('TUS_METADATA_INVALID');
  });
});

it('tells creations apart by their own headers alone', () => {
  const headers = {
    'upload-length': '5',
    'upload-metadata': 'a YQ==',
    'user-agent': 'x',
    authorization: 'y',
  };
  expect(creationHeaders(headers)).toEqual({ 'upload-length': '5', 'upload-metadata': 'a YQ==' });
});
