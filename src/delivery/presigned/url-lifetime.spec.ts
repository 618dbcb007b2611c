import { describe, expect, it } from '@jest/globals';
import { presignedMaxAgeSeconds, urlLifetime } from './url-lifetime.js';

const hour = 3600;
const plannedAt = 1_800_000_000.7;
const viewing = { now: plannedAt + 60, plannedAt, filmSeconds: 600.5, until: null };

describe('urlLifetime', () => {
  it.each([
    ['a film', {}, [0, hour + 601 + hour]],
    ['the end of the first hour', { now: plannedAt + hour - 1 }, [0, hour + 601 + hour]],
    ['the second hour', { now: plannedAt + hour }, [hour, hour + 601 + hour]],
    ['a signed URL that ends later', { until: plannedAt + 9 * hour }, [0, hour + 601 + hour]],
    ['a signed URL that ends first', { until: plannedAt + 120 }, [0, 120]],
    [
      'one that ends first, hours later',
      { now: plannedAt + 5 * hour, until: plannedAt + 5.5 * hour },
      [5 * hour, hour / 2],
    ],
    ['one that has ended', { until: plannedAt - 5 }, [0, 1]],
    ['a film of two weeks', { filmSeconds: 14 * 24 * hour }, [0, 7 * 24 * hour]],
    ['a clock that is behind that of the database', { now: plannedAt - 2 }, [-hour, hour + 601 + hour]],
  ])('for %s', (_, changed, [since, seconds]) => {
    expect(urlLifetime({ ...viewing, ...changed })).toEqual({
      signedAt: 1_800_000_000 + (since ?? 0),
      expiresInSeconds: seconds,
    });
  });

  it('always leaves the film and what a cache may add, and begins in the past', () => {
    for (let later = -hour; later < 5 * hour; later += 97) {
      const now = plannedAt + later;
      const { signedAt, expiresInSeconds } = urlLifetime({ ...viewing, now });
      expect(signedAt).toBeLessThanOrEqual(now);
      expect(signedAt + expiresInSeconds - now).toBeGreaterThan(viewing.filmSeconds + presignedMaxAgeSeconds);
    }
  });
});
