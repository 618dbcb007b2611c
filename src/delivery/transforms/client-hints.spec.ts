import { describe, expect, it } from '@jest/globals';
import { applyClientHints, readClientHints } from './client-hints.js';

const none = { dpr: null, width: null, saveData: false };

describe('readClientHints', () => {
  it.each([
    [{}, none],
    [{ dpr: '2' }, { ...none, dpr: 2 }],
    [{ dpr: '1.0001' }, { ...none, dpr: 1.5 }],
    [{ dpr: '2.625' }, { ...none, dpr: 3 }],
    [{ dpr: '9' }, { ...none, dpr: 3 }],
    [{ dpr: '0.3' }, { ...none, dpr: 1 }],
    [
      { 'sec-ch-dpr': '2', dpr: '3' },
      { ...none, dpr: 2 },
    ],
    [{ width: '161' }, { ...none, width: 320 }],
    [{ 'sec-ch-width': '99999' }, { ...none, width: 3840 }],
    [{ 'save-data': 'on' }, { ...none, saveData: true }],
    [{ dpr: '-1', width: '1e9', 'save-data': 'off' }, none],
    [{ dpr: ['1', '2'], width: 'wide' }, none],
  ])('%j', (headers, hints) => {
    expect(readClientHints(headers)).toEqual(hints);
  });
});

describe('applyClientHints', () => {
  const screen = { dpr: 2, width: 640, saveData: false };

  it.each([
    ['nothing asked for', {}, screen, 'webp', { width: 640 }],
    ['a width', { width: 100 }, screen, 'webp', { width: 100, dpr: 2 }],
    ['a width and a dpr', { width: 100, dpr: 1 }, screen, 'webp', { width: 100, dpr: 1 }],
    ['no hints', { height: 100 }, none, 'webp', { height: 100 }],
    ['saving', { width: 100 }, { ...screen, saveData: true }, 'jpeg', { width: 100, quality: 60 }],
    ['saving with AVIF', {}, { ...none, saveData: true }, 'avif', { quality: 38 }],
    ['saving, with a quality', { quality: 90 }, { ...none, saveData: true }, 'avif', { quality: 90 }],
  ])('%s', (_name, params, hints, format, expected) => {
    expect(applyClientHints(params, hints, format)).toEqual(expected);
  });
});
