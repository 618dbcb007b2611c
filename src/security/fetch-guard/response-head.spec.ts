import { describe, expect, it } from '@jest/globals';
import { readResponseHead, type ResponseHeaders } from './response-head.js';

const url = new URL('https://a.example/pictures/K%C3%A4tzchen.jpg?size=big');

function filenameOf(disposition: string | undefined, of = url) {
  return readResponseHead(200, { 'content-disposition': disposition }, of).filename;
}

describe('readResponseHead', () => {
  it('reads what the source says of the file', () => {
    const headers = { 'content-type': 'image/jpeg', 'content-length': '123', 'content-encoding': 'Identity' };
    expect(readResponseHead(200, headers, url)).toEqual({
      contentType: 'image/jpeg',
      contentLength: 123,
      filename: 'Kätzchen.jpg',
    });
  });

  it('takes an answer that says nothing', () => {
    expect(readResponseHead(203, {}, new URL('https://a.example/'))).toEqual({
      contentType: null,
      contentLength: null,
      filename: undefined,
    });
  });

  it.each([
    ['attachment; filename="cat.jpg"', 'cat.jpg'],
    ["attachment; filename=plain.jpg; filename*=UTF-8''%E5%86%99%E7%9C%9F.jpg", '写真.jpg'],
    [`attachment; filename="${Buffer.from('写真.jpg').toString('latin1')}"`, '写真.jpg'],
    ['attachment; filename="caf\u00e9.jpg"', 'café.jpg'],
    ['inline; filename="../../etc/passwd"', 'passwd'],
    ['attachment; filename=""', 'Kätzchen.jpg'],
    ['attachment', 'Kätzchen.jpg'],
    [';;;', 'Kätzchen.jpg'],
    ['', 'Kätzchen.jpg'],
    [undefined, 'Kätzchen.jpg'],
  ])('names the file by %j', (disposition, expected) => {
    expect(filenameOf(disposition)).toBe(expected);
  });

  it.each([
    ['https://a.example/x/%FF.jpg', '%FF.jpg'],
    ['https://a.example/x%2F..%2Fy.jpg', 'y.jpg'],
    ['https://a.example/x/', undefined],
  ])('names the file by the path of %s', (path, expected) => {
    expect(filenameOf(undefined, new URL(path))).toBe(expected);
  });

  it.each([201, 204, 206, 300, 302, 304, 400, 401, 403, 404, 410])('takes %d for a refusal', (status) => {
    expect(() => readResponseHead(status, {}, url)).toThrow(
      expect.objectContaining({ code: 'IMPORT_REFUSED_BY_SOURCE', status: 422 }),
    );
  });

  it.each([408, 425, 429, 500, 502, 503])('takes %d for something that passes', (status) => {
    expect(() => readResponseHead(status, {}, url)).toThrow(
      expect.objectContaining({ code: 'IMPORT_SOURCE_UNAVAILABLE', status: 502 }),
    );
  });

  it.each<ResponseHeaders>([
    { 'content-encoding': 'gzip' },
    { 'content-encoding': 'br, identity' },
    { 'content-encoding': ['identity', 'gzip'] },
    { 'transfer-encoding': 'gzip, chunked' },
    { 'content-length': '1e3' },
    { 'content-length': '-1' },
    { 'content-length': '99999999999999999999' },
    { 'content-length': ['1', '2'] },
  ])('does not take %j', (headers) => {
    expect(() => readResponseHead(200, headers, url)).toThrow(
      expect.objectContaining({ code: 'IMPORT_RESPONSE_INVALID', status: 422 }),
    );
  });
});
