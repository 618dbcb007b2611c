import { asks, header, status, withHeaders, type Wrapper } from '../wrapping.ts';

/** Something that a server may do wrong. */
export interface Fault {
  name: string;
  /** The cases that find it. */
  finds: string[];
  /** Where it breaks so much that more of them find it. */
  andMore?: true;
  wrap: Wrapper;
  /** Whether `Expect: 100-continue` is answered 417, which no wrapper can bring about. */
  refusesExpectations?: true;
}

/** Answers to a method with another status. */
export function answered(method: string, from: number, other: number): Wrapper {
  return status((current, asked) => (asked.method === method && current === from ? other : undefined));
}

/** Requests with this header's value changed; undefined takes it away. */
export function rewritten(name: string, change: (value: string) => string | undefined): Wrapper {
  return asks((asked) => {
    const value = asked.headers[name];
    return value === undefined ? undefined : withHeaders(asked, { [name]: change(value) });
  });
}

/** HEAD with the value of this header changed. */
export function told(name: string, change: (value: string) => string | null): Wrapper {
  return header(name, (value) => (value === undefined ? undefined : change(value)), ['HEAD']);
}
