import { describe, expect, it } from '@jest/globals';
import { normalizingFilter, parseLoudness } from './loudness.js';

const summary = (integrated: string, peak: string) => `
[Parsed_ebur128_1 @ 0x1] Summary:

  Integrated loudness:
    I:         ${integrated} LUFS
    Threshold: -33.4 LUFS

  Loudness range:
    LRA:         5.2 LU
    Threshold: -43.0 LUFS
    LRA low:   -26.0 LUFS
    LRA high:  -20.8 LUFS

  True peak:
    Peak:      ${peak} dBFS
[Parsed_astats_3 @ 0x2] Peak level dB: -18.0`;

describe('parseLoudness', () => {
  it('reads what the filter has measured', () => {
    expect(parseLoudness(summary('-23.1', '-3.2'))).toEqual({
      integratedLufs: -23.1,
      thresholdLufs: -33.4,
      rangeLu: 5.2,
      truePeakDbtp: -3.2,
    });
  });

  it('knows silence', () => {
    expect(parseLoudness(summary('-70.0', '-inf'))).toMatchObject({
      integratedLufs: null,
      truePeakDbtp: null,
    });
  });

  it('finds nothing where nothing was measured', () => {
    expect(parseLoudness('Peak: -3.2 dBFS')).toBeNull();
  });
});

describe('normalizingFilter', () => {
  it('is a second pass that knows the first', () => {
    const measured = { integratedLufs: -23, thresholdLufs: -33, rangeLu: 5.2, truePeakDbtp: -3 };
    expect(normalizingFilter(measured, -16)).toEqual([
      'loudnorm=I=-16:TP=-1:LRA=7:measured_I=-23:measured_LRA=5.2:measured_TP=-3:measured_thresh=-33:linear=true',
      'aresample=48000',
    ]);
  });

  it('leaves silence alone', () => {
    const silence = { integratedLufs: null, thresholdLufs: -70, rangeLu: 0, truePeakDbtp: null };
    expect(normalizingFilter(silence, -16)).toEqual([]);
  });
});
