import { describe, expect, it } from '@jest/globals';
import { resolveSize } from './resolve-size.js';
import type { TransformParams } from './transform-params.js';

const photo = { width: 400, height: 300 };

describe('resolveSize', () => {
  it.each<[string, TransformParams, [number, number, string]]>([
    ['nothing asked', {}, [400, 300, 'fill']],
    ['one side', { width: 200 }, [200, 150, 'fill']],
    ['the other side', { height: 150 }, [200, 150, 'fill']],
    ['device pixels', { width: 100, dpr: 2 }, [200, 150, 'fill']],
    ['a side beyond the picture', { width: 4000 }, [400, 300, 'fill']],
    ['device pixels beyond the picture', { width: 300, dpr: 4 }, [400, 300, 'fill']],
    ['cover by default', { width: 100, height: 100 }, [100, 100, 'cover']],
    ['cover of the same aspect', { width: 200, height: 150 }, [200, 150, 'fill']],
    ['cover beyond the picture keeps the aspect', { width: 800, height: 800 }, [300, 300, 'cover']],
    ['cover beyond one side', { width: 100, height: 600 }, [50, 300, 'cover']],
    ['inside', { width: 100, height: 100, fit: 'inside' }, [100, 75, 'fill']],
    ['outside', { width: 120, height: 120, fit: 'outside' }, [160, 120, 'fill']],
    ['outside beyond the picture', { width: 900, height: 900, fit: 'outside' }, [400, 300, 'fill']],
    ['fill', { width: 100, height: 100, fit: 'fill' }, [100, 100, 'fill']],
    ['fill beyond the picture', { width: 800, height: 800, fit: 'fill' }, [300, 300, 'fill']],
    ['contain', { width: 100, height: 100, fit: 'contain' }, [100, 100, 'contain']],
    ['contain beyond one side only', { width: 100, height: 600, fit: 'contain' }, [100, 600, 'contain']],
    ['contain beyond the picture', { width: 800, height: 800, fit: 'contain' }, [400, 400, 'contain']],
    ['a sliver', { width: 1, height: 16_383 }, [1, 300, 'cover']],
  ])('%s', (_, params, [width, height, fit]) => {
    expect(resolveSize(params, photo)).toEqual({ width, height, fit });
  });

  it('leaves at least one pixel of an extreme aspect', () => {
    expect(resolveSize({ width: 100 }, { width: 16_000, height: 24 })).toEqual({
      width: 100,
      height: 1,
      fit: 'fill',
    });
  });
});
