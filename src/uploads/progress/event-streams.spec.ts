import { describe, expect, it } from '@jest/globals';
import { callerOf, EventStreams } from './event-streams.js';

const streams = (maxStreams: number, maxStreamsPerCaller: number) =>
  new EventStreams({ maxStreams, maxStreamsPerCaller, heartbeatMs: 1000 });
const refused = (code: string, status: number) =>
  expect.objectContaining({ code, spec: expect.objectContaining({ status }) });

describe('the places for event streams', () => {
  it('are so many in all', () => {
    const two = streams(2, 10);
    const giveBack = two.take('a');
    two.take('b');
    expect(() => two.take('c')).toThrow(refused('EVENT_STREAMS_BUSY', 503));
    giveBack();
    two.take('c');
  });

  it('are so many for a caller', () => {
    const many = streams(10, 1);
    const giveBack = many.take('a');
    expect(() => many.take('a')).toThrow(refused('EVENT_STREAMS_EXCEEDED', 429));
    many.take('b');
    giveBack();
    many.take('a');
  });

  it('are given back once, however often that is said', () => {
    const two = streams(2, 2);
    const giveBack = two.take('a');
    two.take('a');
    giveBack();
    giveBack();
    two.take('a');
    expect(() => two.take('a')).toThrow(refused('EVENT_STREAMS_EXCEEDED', 429));
  });

  it('are counted by user, else by address', () => {
    expect(callerOf({ userId: 'alice' }, '192.0.2.1')).toBe(callerOf({ userId: 'alice' }, '192.0.2.2'));
    expect(callerOf(null, '192.0.2.1')).not.toBe(callerOf(null, '192.0.2.2'));
    expect(callerOf({ userId: '192.0.2.1' }, '')).not.toBe(callerOf(null, '192.0.2.1'));
  });
});
