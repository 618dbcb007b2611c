import { describe, expect, it } from '@jest/globals';
import { decodeCursor, encodeCursor } from './cursor.js';

const id = '01990000-0000-7000-8000-000000000001';
const createdAt = new Date('2026-11-22T10:00:00.123Z');
const encode = (text: string) => Buffer.from(text).toString('base64url');

describe('cursor', () => {
  it('names a place in a list in URL-safe characters and finds it again', () => {
    const cursor = encodeCursor({ createdAt, id });
    expect(cursor).toMatch(/^[\w-]+$/);
    expect(decodeCursor(cursor)).toEqual({ createdAt, id });
  });

  it.each([
    ['nothing', ''],
    ['what is no base64url', '%%%'],
    ['another spelling of the same', `${encodeCursor({ createdAt, id })}=`],
    ['a time without an id', encode(createdAt.toISOString())],
    ['an id that is none', encode(`${createdAt.toISOString()} 1 or 1=1`)],
    ['a time that is none', encode(`yesterday ${id}`)],
    ['a time in another form', encode(`2026-11-22 ${id}`)],
    ['more than two parts', encode(`${createdAt.toISOString()} ${id} x`)],
  ])('refuses %s', (_, cursor) => {
    expect(() => decodeCursor(cursor)).toThrow(
      expect.objectContaining({ code: 'CURSOR_INVALID', status: 400 }),
    );
  });
});
