import { describe, expect, it } from '@jest/globals';
import { sharedCaching } from './delivery-access.js';

const now = Date.UTC(2026, 0, 1);
const inSeconds = (seconds: number) => new Date(now + seconds * 1000);

describe('sharedCaching', () => {
  it.each([
    ['public media', null, 'public, max-age=3600', ', stale-while-revalidate=86400'],
    ['a signature for a week', inSeconds(604_800), 'public, max-age=3600', ', stale-while-revalidate=86400'],
    ['one for two hours', inSeconds(7200), 'public, max-age=3600', ', stale-while-revalidate=3600'],
    ['one for a minute', inSeconds(60), 'public, max-age=60', ''],
    ['one that is over', inSeconds(-5), 'public, max-age=0', ''],
  ])('of %s lasts no longer than it may', (_name, expiresAt, cacheControl, stale) => {
    expect(sharedCaching(expiresAt, now)).toEqual({
      cacheControl,
      derivedCacheControl: cacheControl + stale,
    });
  });
});
