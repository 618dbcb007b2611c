import { commonErrors } from './common.errors.js';
import { UUID_PATTERN } from './ids.js';

/** The last row of a page, newest first; `id` decides between rows of the same millisecond. */
export interface Cursor {
  createdAt: Date;
  id: string;
}

/** An opaque, URL-safe name of a place in a list. It grants nothing: the list's own conditions still hold. */
export function encodeCursor({ createdAt, id }: Cursor): string {
  return Buffer.from(`${createdAt.toISOString()} ${id}`).toString('base64url');
}

/** @throws CURSOR_INVALID */
export function decodeCursor(cursor: string): Cursor {
  const [time = '', id = '', ...rest] = Buffer.from(cursor, 'base64url').toString().split(' ');
  const createdAt = new Date(time);
  const whole = !Number.isNaN(createdAt.getTime()) && UUID_PATTERN.test(id) && rest.length === 0;
  // Only what encodeCursor writes: Date and base64url both read more than one spelling of the same.
  if (!whole || encodeCursor({ createdAt, id }) !== cursor) throw commonErrors.CURSOR_INVALID();
  return { createdAt, id };
}
