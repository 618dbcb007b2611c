import { describe, expect, it } from '@jest/globals';
import { type Box, fitSize } from './fit-size.js';

const photo = { width: 400, height: 300 };
const fit = (box: Partial<Box>, source = photo) => {
  const { canvas, picture } = fitSize({ fit: 'cover', ...box }, source);
  return [canvas.width, canvas.height, picture.width, picture.height];
};

describe('fitSize', () => {
  it.each<[string, Partial<Box>, [number, number, number, number]]>([
    ['nothing asked', {}, [400, 300, 400, 300]],
    ['one side', { width: 200 }, [200, 150, 200, 150]],
    ['the other side', { height: 150 }, [200, 150, 200, 150]],
    ['a side beyond the picture', { width: 4000 }, [400, 300, 400, 300]],
    ['cover by default', { width: 100, height: 100 }, [100, 100, 133, 100]],
    ['cover of the same aspect', { width: 200, height: 150 }, [200, 150, 200, 150]],
    ['cover beyond the picture keeps the aspect', { width: 800, height: 800 }, [300, 300, 400, 300]],
    ['cover beyond one side', { width: 100, height: 600 }, [50, 300, 400, 300]],
    ['inside', { width: 100, height: 100, fit: 'inside' }, [100, 75, 100, 75]],
    ['outside', { width: 120, height: 120, fit: 'outside' }, [160, 120, 160, 120]],
    ['outside beyond the picture', { width: 900, height: 900, fit: 'outside' }, [400, 300, 400, 300]],
    ['fill', { width: 100, height: 100, fit: 'fill' }, [100, 100, 100, 100]],
    ['fill beyond the picture', { width: 800, height: 800, fit: 'fill' }, [300, 300, 300, 300]],
    ['contain', { width: 100, height: 100, fit: 'contain' }, [100, 100, 100, 75]],
    ['contain beyond one side', { width: 100, height: 600, fit: 'contain' }, [100, 600, 100, 75]],
    ['contain beyond the picture', { width: 800, height: 800, fit: 'contain' }, [400, 400, 400, 300]],
    ['pad', { width: 100, height: 100, fit: 'pad' }, [100, 100, 100, 75]],
    ['pad beyond the picture', { width: 800, height: 900, fit: 'pad' }, [800, 900, 400, 300]],
    ['a sliver', { width: 1, height: 16_383 }, [1, 300, 400, 300]],
    ['one side, enlarged', { width: 800, enlarge: true }, [800, 600, 800, 600]],
    ['cover, enlarged', { width: 800, height: 800, enlarge: true }, [800, 800, 1067, 800]],
    ['inside, enlarged', { width: 800, height: 800, fit: 'inside', enlarge: true }, [800, 600, 800, 600]],
    ['pad, enlarged', { width: 800, height: 800, fit: 'pad', enlarge: true }, [800, 800, 800, 600]],
    ['contain, enlarged', { width: 800, height: 800, fit: 'contain', enlarge: true }, [800, 800, 800, 600]],
    ['fill, enlarged', { width: 800, height: 800, fit: 'fill', enlarge: true }, [800, 800, 800, 800]],
  ])('%s', (_, box, expected) => {
    expect(fit(box)).toEqual(expected);
  });

  it('leaves at least one pixel of an extreme aspect', () => {
    expect(fit({ width: 100 }, { width: 16_000, height: 24 })).toEqual([100, 1, 100, 1]);
  });
});
