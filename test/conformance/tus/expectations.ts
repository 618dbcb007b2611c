import type { Answer } from './exchange.ts';

/** This server can not be asked the question; the message says why. */
export class Skipped extends Error {}

/** The server answered, and not as it should. */
class Violation extends Error {}

export function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Violation(message);
}

export function skipUnless(condition: boolean, reason: string): asserts condition {
  if (!condition) throw new Skipped(reason);
}

export function expectStatus(answer: Answer, ...allowed: number[]): void {
  check(
    allowed.includes(answer.status),
    `${answer.asked}: ${answer.status} instead of ${allowed.join(' or ')}`,
  );
}

/** An answer that puts the fault on the request: not a success, and not a breakdown of the server. */
export function expectRefusal(answer: Answer, what = ''): void {
  const { asked, status } = answer;
  check(status >= 400 && status < 500, `${asked}${what && ` with ${what}`}: ${status} instead of 4xx`);
}

/** @throws Violation when the header is absent */
export function headerOf(answer: Answer, name: string): string {
  const value = answer.header(name);
  check(value !== null, `${answer.asked}: no ${name}`);
  return value;
}

export function expectNoHeader(answer: Answer, name: string): void {
  const value = answer.header(name);
  check(value === null, `${answer.asked}: ${name}: ${value}`);
}

export function expectHeader(answer: Answer, name: string, expected: string): void {
  const value = headerOf(answer, name);
  check(value === expected, `${answer.asked}: ${name}: ${value} instead of ${expected}`);
}

/** @throws Violation unless the header is there and a non-negative integer */
export function integerOf(answer: Answer, name: string): number {
  const value = headerOf(answer, name);
  check(/^\d+$/.test(value), `${answer.asked}: ${name}: ${value} is no non-negative integer`);
  return Number(value);
}

/** The members of a comma-separated list; none for an absent header. */
export function listOf(answer: Answer, name: string): string[] {
  return (answer.header(name) ?? '')
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '');
}
