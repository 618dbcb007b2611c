import { describe, expect, it } from '@jest/globals';
import { renderMaster } from './render-master.js';

const variant = (name: string, average: number) => ({
  uri: `${name}/index.m3u8`,
  codec: 'avc1.64001f',
  width: 1280,
  height: 720,
  rates: { average, peak: average * 2 },
});
const audio = {
  uri: 'audio/index.m3u8',
  codec: 'mp4a.40.2',
  channels: 2,
  rates: { average: 128_000, peak: 130_000 },
  name: 'Audio',
  language: 'und',
  isDefault: true,
};
const variants = [variant('480p', 1_000_000), variant('720p', 2_200_000), variant('1080p', 5_000_000)];

describe('renderMaster', () => {
  it('names sound and variants with measured rates, the variant near 2 Mb/s first', () => {
    const text = renderMaster({ variants, audio: [audio], frameRate: { num: 30_000, den: 1001 } });
    expect(text.split('\n')).toEqual([
      '#EXTM3U',
      '#EXT-X-VERSION:7',
      '#EXT-X-INDEPENDENT-SEGMENTS',
      '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Audio",LANGUAGE="und",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="audio/index.m3u8"',
      '#EXT-X-STREAM-INF:BANDWIDTH=4530000,AVERAGE-BANDWIDTH=2328000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=29.970,AUDIO="audio"',
      '720p/index.m3u8',
      expect.stringContaining('BANDWIDTH=2130000,'),
      '480p/index.m3u8',
      expect.stringContaining('BANDWIDTH=10130000,'),
      '1080p/index.m3u8',
      '',
    ]);
  });

  it('says nothing of sound when there is none', () => {
    const text = renderMaster({ variants, audio: [], frameRate: { num: 25, den: 1 } });
    expect(text).not.toMatch(/audio|mp4a/i);
    expect(text).toContain('BANDWIDTH=4400000,AVERAGE-BANDWIDTH=2200000,CODECS="avc1.64001f",');
  });
});
