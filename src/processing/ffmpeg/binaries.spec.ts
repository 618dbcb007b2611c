import { describe, expect, it } from '@jest/globals';
import { parseVersion, resolveBinaries } from './binaries.js';

describe('parseVersion', () => {
  it.each([
    ['a release', 'ffmpeg version 5.1.9-0+deb12u1 Copyright', '5.1.9-0+deb12u1', '59. 37.100', [59, 37]],
    [
      'a git build',
      'ffmpeg version N-47683-g0e8eb07980-static https',
      'N-47683-g0e8eb07980-static',
      '58. 42.100',
      [58, 42],
    ],
    ['ffprobe', 'ffprobe version n7.1 Copyright', 'n7.1', '61.  3.100', [61, 3]],
  ])('reads %s', (_, first, version, library, libavcodec) => {
    const output = `${first}\nlibavutil      57. 28.100 / 57. 28.100\nlibavcodec     ${library} / ${library}\n`;
    expect(parseVersion(output, '/tool', 'system')).toEqual({
      path: '/tool',
      version,
      origin: 'system',
      libavcodec,
    });
  });

  it.each(['', 'GNU coreutils 9.1', 'ffmpeg version 5.1.9 Copyright'])(
    'knows %j for no media tool',
    (output) => {
      expect(parseVersion(output, '/tool', 'system')).toBeNull();
    },
  );
});

describe('resolveBinaries', () => {
  it('finds a pair where nothing is configured', async () => {
    const { ffmpeg, ffprobe } = await resolveBinaries({ ffmpegPath: null, ffprobePath: null });
    expect(ffprobe.origin).toBe(ffmpeg.origin);
    expect(ffmpeg.libavcodec[0]).toBeGreaterThanOrEqual(58);
  });

  it.each([
    ['FFMPEG_PATH', { ffmpegPath: '/nonexistent/ffmpeg', ffprobePath: null }],
    ['FFPROBE_PATH', { ffmpegPath: null, ffprobePath: '/bin/true' }],
  ])('names %s when what it names does not work, but not the value', async (name, paths) => {
    const rejection = await resolveBinaries(paths).then(() => '', String);
    expect(rejection).toContain(name);
    expect(rejection).not.toMatch(/nonexistent|bin.true/);
  });
});
