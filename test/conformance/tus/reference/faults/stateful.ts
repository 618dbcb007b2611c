import type { Answered } from '../http.ts';
import { type Wrapper, answers } from '../wrapping.ts';

/** HEAD of an upload whose PATCH was cut is answered otherwise from then on. */
export function forgetful(change: (answered: Answered) => Answered): Wrapper {
  return (next) => {
    const cut = new Set<string>();
    return async (asked) => {
      try {
        const answered = await next(asked);
        return asked.method === 'HEAD' && cut.has(asked.path) ? change(answered) : answered;
      } catch (error) {
        cut.add(asked.path);
        throw error;
      }
    };
  };
}

/** HEAD gives the length that a PATCH named last, refused or not. */
export function lastLength(): Wrapper {
  const lengths = new Map<string, string>();
  return answers((answered, { method, path, headers }) => {
    const length = headers['upload-length'];
    if (method === 'PATCH' && length !== undefined) lengths.set(path, length);
    const last = lengths.get(path);
    return method === 'HEAD' && last !== undefined
      ? { headers: { ...answered.headers, 'Upload-Length': last } }
      : undefined;
  });
}

/** After a piece with a checksum was refused, no other is taken. */
export function stuck(): Wrapper {
  const refused = new Set<string>();
  return answers((answered, { method, path, headers }) => {
    if (method !== 'PATCH') return undefined;
    if (refused.has(path)) return { status: 423 };
    if (headers['upload-checksum'] !== undefined && answered.status >= 400) refused.add(path);
    return undefined;
  });
}

/** HEAD of a final upload counts the bytes of refused PATCHes. */
export function countsRefused(): Wrapper {
  const added = new Map<string, number>();
  return answers((answered, { method, path }) => {
    if (method === 'PATCH' && answered.status === 403) added.set(path, (added.get(path) ?? 0) + 4);
    const more = added.get(path);
    if (method !== 'HEAD' || more === undefined) return undefined;
    const offset = Number(answered.headers['Upload-Offset']) + more;
    return { headers: { ...answered.headers, 'Upload-Offset': String(offset) } };
  });
}

/** Whether Base64 holds control characters. */
export function isControlled(sum: string): boolean {
  return Buffer.from(sum, 'base64').some((byte) => byte < 32 || byte === 127);
}
