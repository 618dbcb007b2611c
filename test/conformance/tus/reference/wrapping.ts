import { buffer } from 'node:stream/consumers';
import type { Answered, Asked, Handler } from './http.ts';

/** Makes a server a little wrong. */
export type Wrapper = (next: Handler) => Handler;

/** Changes requests before they are carried out; a header that becomes undefined is not there. */
export function asks(change: (asked: Asked) => Partial<Asked> | undefined): Wrapper {
  return (next) => (asked) => next({ ...asked, ...change(asked) });
}

export function answers(
  change: (answered: Answered, asked: Asked) => Partial<Answered> | undefined,
): Wrapper {
  return (next) => async (asked) => {
    const answered = await next(asked);
    return { ...answered, ...change(answered, asked) };
  };
}

/** Sets a header in answers to these methods, where a value comes back; takes it away for null. */
export function header(
  name: string,
  value: (current: string | undefined, answered: Answered, asked: Asked) => string | null | undefined,
  methods: string[] = ['OPTIONS', 'POST', 'HEAD', 'PATCH', 'DELETE'],
): Wrapper {
  return answers((answered, asked) => {
    if (!methods.includes(asked.method)) return undefined;
    const { [name]: current, ...others } = answered.headers;
    const next = value(current, answered, asked);
    if (next === undefined) return undefined;
    return { headers: next === null ? others : { ...others, [name]: next } };
  });
}

/** Takes an extension from the announced ones. */
export function unannounced(extension: string): Wrapper {
  return header('Tus-Extension', (current) => {
    const others = current?.split(',').filter((name) => name !== extension);
    return others?.join(',');
  });
}

export function status(change: (current: number, asked: Asked) => number | undefined): Wrapper {
  return answers((answered, asked) => {
    const next = change(answered.status, asked);
    return next === undefined ? undefined : { status: next };
  });
}

export function withHeaders(asked: Asked, changes: Record<string, string | undefined>): Partial<Asked> {
  const changed = Object.entries({ ...asked.headers, ...changes });
  return {
    headers: Object.fromEntries(changed.filter((entry): entry is [string, string] => entry[1] !== undefined)),
  };
}

/** Reads the whole body of such a request before anything is done with it. */
export function collected(method: string, change: (body: Buffer, asked: Asked) => Buffer): Wrapper {
  return (next) => async (asked) => {
    if (asked.method !== method) return next(asked);
    const body = change(await buffer(asked.body), asked);
    return next({ ...asked, body: one(body) });
  };
}

async function* one(body: Buffer): AsyncGenerator<Buffer> {
  if (body.length > 0) yield await Promise.resolve(body);
}
