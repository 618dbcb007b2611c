import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '../config/index.js';
import { configuredPresets } from './configured-presets.js';

describe('configuredPresets', () => {
  it('are read by the rules of requests', () => {
    const { delivery } = loadConfig({
      IMAGE_PRESETS: 'card=width=400&height=300&fit=cover; hero=width=1600',
      IMAGE_EAGER_PRESETS: 'hero',
    });
    expect(configuredPresets(delivery)).toEqual([
      { name: 'card', params: { width: 400, height: 300, fit: 'cover' }, eager: false },
      { name: 'hero', params: { width: 1600 }, eager: true },
    ]);
  });

  it('must be what a request could ask for; all problems are told at once', () => {
    const { delivery } = loadConfig({ IMAGE_PRESETS: 'bad=width=0; good=width=1; odd=shape=round' });
    expect(() => configuredPresets(delivery)).toThrow(
      /IMAGE_PRESETS: bad: width: .*\n.*IMAGE_PRESETS: odd: shape: /s,
    );
  });
});
