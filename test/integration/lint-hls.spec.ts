import { beforeAll, describe, expect, it } from '@jest/globals';
import { lint, rules } from '../../scripts/lint-hls/lint.ts';
import { loadPresentation } from '../../scripts/lint-hls/load-presentation.ts';
import type { VideoEntry } from '../../scripts/lint-hls/mp4/init-segment.ts';
import type { Presentation, Rendition } from '../../scripts/lint-hls/presentation.ts';
import { reportLines } from '../../scripts/lint-hls/report.ts';
import type { Resource } from '../../scripts/lint-hls/resource.ts';
import { type HlsSample, makeHlsSample } from '../fixtures/hls-sample.js';
import { encryptSample } from '../support/encrypt-sample.js';
import { readSample, sampleUrl } from '../support/hls-sample-reader.js';

type Http = Partial<NonNullable<Resource['http']>>;

interface Mutation {
  /** Before anything is read. */
  files?: (files: HlsSample) => void;
  http?: Record<string, Http>;
  /** After it, for what can't be changed in the bytes without an encoder. */
  read?: (presentation: Presentation) => void;
}

let sample: HlsSample;
beforeAll(async () => {
  sample = await makeHlsSample();
});

async function load({ files, http, read }: Mutation = {}): Promise<Presentation> {
  const copy: HlsSample = new Map([...sample].map(([path, data]) => [path, Buffer.from(data)]));
  files?.(copy);
  const presentation = await loadPresentation(sampleUrl, readSample(copy, http), { maxSegments: 100 });
  read?.(presentation);
  return presentation;
}

const broken = (presentation: Presentation) =>
  lint(presentation)
    .filter(({ outcome }) => outcome === 'violation' || outcome === 'warning')
    .map(({ rule }) => rule.id);

/** A change of a text, which must be there. */
const edit = (path: string, from: string | RegExp, to: string): Mutation => ({
  files: (files) => {
    const text = files.get(path)?.toString() ?? '';
    const edited = text.replace(from, to);
    if (edited === text) throw new Error(`${path} has no ${from}`);
    files.set(path, Buffer.from(edited));
  },
});

/** A change of a playlist of the encrypted sample. */
const editSealed = (path: string, from: string | RegExp, to: string): Mutation => ({
  files: (files) => {
    encryptSample(files);
    edit(path, from, to).files?.(files);
  },
});

/** A change of bytes behind the name of a box. */
const patch = (path: string, box: string, change: (data: Buffer, body: number) => void): Mutation => ({
  files: (files) => {
    const data = files.get(path) ?? Buffer.alloc(0);
    change(data, data.indexOf(box, 0, 'latin1') + 4);
  },
});

const reading = (name: string, change: (rendition: Rendition) => void): Mutation => ({
  read: ({ renditions }) => {
    const rendition = renditions.get(`${name}/index.m3u8`);
    if (!rendition) throw new Error(`no ${name}`);
    change(rendition);
  },
});

const video = (change: (entry: VideoEntry) => void): Mutation =>
  reading('180p', ({ init }) => {
    if (init?.entry.kind === 'video') change(init.entry);
  });

const parameters = (change: Partial<VideoEntry['parameters']>): Mutation =>
  video((entry) => Object.assign(entry.parameters, change));

const samplesOf = ({ segments }: Rendition) =>
  segments.flatMap(({ fragments }) => fragments.flatMap(({ samples }) => samples));

/** They have nothing to look at where nothing is encrypted. */
const keyRules = ['key-length', 'key-caching', 'key-vectors'];

/** One for each rule. */
const mutations: Record<string, Mutation> = {
  'playlist-syntax': edit('180p/index.m3u8', '#EXTM3U', '#EXTM3U8'),
  version: edit('180p/index.m3u8', 'VERSION:7', 'VERSION:3'),
  'target-duration': edit('180p/index.m3u8', 'TARGETDURATION:4', 'TARGETDURATION:3'),
  'segment-length': edit('180p/index.m3u8', 'TARGETDURATION:4', 'TARGETDURATION:3'),
  extinf: edit('180p/index.m3u8', 'EXTINF:4.000000', 'EXTINF:4.100000'),
  'same-target': edit('audio/index.m3u8', 'TARGETDURATION:4', 'TARGETDURATION:5'),
  'same-length': edit('audio/index.m3u8', /#EXTINF:[\d.]+,\n00003.m4s\n/, ''),
  'playlist-type': edit('audio/index.m3u8', '#EXT-X-PLAYLIST-TYPE:VOD\n', ''),
  'init-section': edit('180p/index.m3u8', /#EXT-X-MAP.*\n/, ''),
  boundaries: edit('90p/index.m3u8', /#EXTINF:[\d.]+,\n00001.m4s\n/, ''),
  language: edit('master.m3u8', 'LANGUAGE="en",DEFAULT', 'DEFAULT'),
  'subtitle-length': edit('text/index.m3u8', 'EXTINF:10.000', 'EXTINF:5.000'),
  'subtitle-format': edit('text/en.vtt', /X-TIMESTAMP.*\n/, ''),
  'separate-audio': edit('master.m3u8', ',AUDIO="audio"', ''),
  codecs: edit('master.m3u8', 'mp4a.40.2', 'mp4a.40.5'),
  resolution: edit('master.m3u8', '=320x180', '=320x182'),
  'frame-rate': edit('master.m3u8', 'FRAME-RATE=30.000', 'FRAME-RATE=29.970'),
  'frame-rate-limit': patch('180p/init.mp4', 'mdhd', (data, body) => {
    data.writeUInt32BE(data.readUInt32BE(body + 12) * 4, body + 12);
  }),
  bandwidth: edit('master.m3u8', /:BANDWIDTH=(\d)/, ':BANDWIDTH=1$1'),
  'average-bandwidth': edit('master.m3u8', /AVERAGE-BANDWIDTH=(\d)/, 'AVERAGE-BANDWIDTH=1$1'),
  'peak-ratio': {
    files: (files) => {
      const padding = Buffer.alloc(2_000_000);
      padding.writeUInt32BE(padding.length);
      padding.write('free', 4);
      files.set('180p/00002.m4s', Buffer.concat([files.get('180p/00002.m4s') ?? padding, padding]));
    },
  },
  'independent-segments': edit('master.m3u8', '#EXT-X-INDEPENDENT-SEGMENTS\n', ''),
  'aspect-ratio': video((entry) => {
    entry.width = 240;
  }),
  'default-variant': edit(
    'master.m3u8',
    /(90p[^]*|BANDWIDTH=)\d+(?=,CODECS="[^"]*",RESOLUTION=160x90,F)/,
    '$12000000',
  ),
  readable: { files: (files) => files.delete('90p/00002.m4s') },
  'profile-level': patch('180p/init.mp4', 'avcC', (data, body) => {
    data[body + 11] = 51;
  }),
  'high-profile': parameters({ profile: 77 }),
  'pixel-format': parameters({ bitDepth: 10 }),
  'even-size': video((entry) => {
    entry.height = 179;
  }),
  'square-pixels': parameters({ sampleAspect: [4, 3] }),
  progressive: parameters({ progressive: false }),
  colour: parameters({ colour: null }),
  'segment-starts-with-idr': reading('90p', ({ segments }) => {
    for (const sample of segments[1]?.fragments[0]?.samples.slice(0, 1) ?? []) sample.idr = false;
  }),
  'idr-interval': reading('90p', (rendition) => {
    const second = samplesOf(rendition).filter(({ idr }) => idr)[1];
    if (second) second.idr = false;
  }),
  'decode-time': patch('90p/00002.m4s', 'tfdt', (data, body) => {
    data.writeUInt32BE(data.readUInt32BE(body + 8) + 1, body + 8);
  }),
  'common-start': reading('audio', ({ init, segments }) => {
    for (const { fragments } of segments)
      for (const fragment of fragments) fragment.decodeTime += 0.067 * (init?.timescale ?? 0);
  }),
  'stereo-aac': reading('audio', ({ init }) => {
    if (init?.entry.kind === 'audio') init.entry.channels = 1;
  }),
  'frame-playlist': edit('master.m3u8', /#EXT-X-I-FRAME-STREAM-INF.*\n/, ''),
  'frame-attributes': edit('master.m3u8', 'RESOLUTION=160x90,URI', 'RESOLUTION=160x92,URI'),
  'frames-only': edit('90p/frames.m3u8', '#EXT-X-I-FRAMES-ONLY\n', ''),
  'frame-ranges': edit('90p/frames.m3u8', /BYTERANGE:(\d+)@/, 'BYTERANGE:9$1@'),
  'frame-times': edit('90p/frames.m3u8', 'EXTINF:4.000', 'EXTINF:3.000'),
  'content-type': { http: { '90p/00001.m4s': { contentType: 'application/octet-stream' } } },
  redirects: { http: { '90p/00001.m4s': { redirected: true } } },
  gzip: { http: { 'audio/index.m3u8': { contentEncoding: '' } } },
  'key-length': { files: (files) => encryptSample(files, 15) },
  'key-caching': { files: encryptSample, http: { '90p/g1.key': { cacheControl: 'max-age=3600' } } },
  'key-vectors': editSealed('90p/index.m3u8', '"g1.key"', '"g1.key",IV=0x00000000000000000000000000000001'),
  'relative-uris': edit('master.m3u8', '"audio/index.m3u8"', '"/audio/index.m3u8"'),
};

describe('the linter', () => {
  it('finds nothing wrong with what is right, and nothing that it can not look at', async () => {
    const findings = lint(await load());
    expect(findings.flatMap(({ departures }) => departures)).toEqual([]);
    expect(findings.filter(({ outcome }) => outcome !== 'ok').map(({ rule }) => rule.id)).toEqual(keyRules);
  });

  it('reads what is encrypted with its keys, and can not look at byte ranges of it', async () => {
    const presentation = await load({ files: encryptSample });
    const findings = lint(presentation);
    expect(findings.flatMap(({ departures }) => departures)).toEqual([]);
    const open = findings.filter(({ outcome }) => outcome !== 'ok').map(({ rule }) => rule.id);
    expect(open).toEqual([
      'frame-playlist',
      'frame-attributes',
      'frames-only',
      'frame-ranges',
      'frame-times',
    ]);
    expect(samplesOf(presentation.renditions.get('180p/index.m3u8') as Rendition)).toHaveLength(300);
  });

  it('takes what is signed itself for as good as relative', async () => {
    const signed = edit('90p/index.m3u8', '00001.m4s', 'http://bucket/90p/00001.m4s?X-Amz-Signature=1');
    expect(broken(await load(signed))).toEqual([]);
    expect(broken(await load(edit('90p/index.m3u8', '00001.m4s', 'http://bucket/90p/00001.m4s')))).toEqual([
      'relative-uris',
    ]);
  });

  it('knows a departure from each of its rules', () => {
    expect(Object.keys(mutations).toSorted()).toEqual(rules.map(({ id }) => id).toSorted());
  });

  it.each(Object.entries(mutations))('finds what breaks %s', async (id, mutation) => {
    expect(broken(await load(mutation))).toContain(id);
  });

  it('sees a growing presentation as it is: rates may be lower than declared, and ends differ', async () => {
    const growing: Mutation = {
      files: (files) => {
        for (const path of ['180p/index.m3u8', '90p/index.m3u8', 'audio/index.m3u8']) {
          const text = files.get(path)?.toString() ?? '';
          const open = text.replace('TYPE:VOD', 'TYPE:EVENT').replace('#EXT-X-ENDLIST\n', '');
          files.set(
            path,
            Buffer.from(path.startsWith('90p') ? open : open.replace(/#EXTINF:[^#]*00003.m4s\n/, '')),
          );
        }
      },
    };
    expect(broken(await load(growing))).toEqual([]);
  });

  it('says of every rule how it stands, and names what departs', async () => {
    const lines = reportLines(lint(await load(mutations['language'])));
    const at = lines.findIndex((line) => line.startsWith('VIOLATION') && line.includes('(language)'));
    expect(lines[at + 1]?.trim()).toBe('AUDIO Sound');
    expect(lines.at(-1)).toBe(`${rules.length - 4} ok, 1 violated, 0 warnings, 3 not applicable`);
  });

  it('reads what ffmpeg wrote', async () => {
    const { renditions } = await load();
    const entry = renditions.get('180p/index.m3u8')?.init?.entry;
    expect(entry).toMatchObject({
      width: 320,
      height: 180,
      parameters: {
        profile: 100,
        chromaFormat: 1,
        bitDepth: 8,
        width: 320,
        height: 180,
        progressive: true,
        sampleAspect: [1, 1],
        colour: [1, 1, 1],
      },
    });
    const samples = samplesOf(renditions.get('180p/index.m3u8') as Rendition);
    expect(samples).toHaveLength(300);
    expect(samples.flatMap(({ idr }, at) => (idr ? [at] : []))).toEqual([0, 60, 120, 180, 240]);
  });
});

describe('the grammar of playlists', () => {
  it.each([
    ['a byte order mark', 'master.m3u8', '#EXTM3U', '\uFEFF#EXTM3U'],
    ['a control character', 'master.m3u8', 'Sound', 'So\tund'],
    ['an attribute twice', 'master.m3u8', 'NAME="English"', 'NAME="English",NAME="English"'],
    ['an unquoted string', 'master.m3u8', 'NAME="English"', 'NAME=English'],
    ['a quoted number', 'master.m3u8', /BANDWIDTH=(\d+),A/, 'BANDWIDTH="$1",A'],
    ['space in a list', 'master.m3u8', ',CODECS', ', CODECS'],
    ['a comma at the end', 'master.m3u8', 'SUBTITLES="text"\n', 'SUBTITLES="text",\n'],
    ['no BANDWIDTH', 'master.m3u8', /:BANDWIDTH=\d+,/, ':'],
    ['a variant without URI', 'master.m3u8', '\n180p/index.m3u8', ''],
    ['a URI without variant', 'master.m3u8', '#EXT-X-I-FRAME', 'other.m3u8\n#EXT-X-I-FRAME'],
    ['a group that is not there', 'master.m3u8', 'AUDIO="audio"', 'AUDIO="other"'],
    ['a rendition without NAME', 'master.m3u8', 'NAME="Sound",', ''],
    ['a default that is not selected', 'master.m3u8', 'AUTOSELECT=YES', 'AUTOSELECT=NO'],
    ['a media tag beside variants', 'master.m3u8', '#EXT-X-INDEP', '#EXT-X-TARGETDURATION:4\n#EXT-X-INDEP'],
    ['a variant in a media playlist', '180p/index.m3u8', '#EXTINF', '#EXT-X-STREAM-INF:BANDWIDTH=1\n#EXTINF'],
    ['no target duration', '180p/index.m3u8', /#EXT-X-TARGETDURATION.*\n/, ''],
    ['two target durations', '180p/index.m3u8', '#EXTINF', '#EXT-X-TARGETDURATION:4\n#EXTINF'],
    ['a fraction for a target duration', '180p/index.m3u8', 'TARGETDURATION:4', 'TARGETDURATION:4.0'],
    ['a segment without EXTINF', '180p/index.m3u8', /#EXTINF.*\n/, ''],
    ['an EXTINF without comma', '180p/index.m3u8', 'EXTINF:4.000000,', 'EXTINF:4.000000'],
    ['an EXTINF without segment', '180p/index.m3u8', '00003.m4s\n', ''],
    ['an unknown playlist type', '180p/index.m3u8', 'TYPE:VOD', 'TYPE:LIVE'],
    [
      'a sequence behind segments',
      '180p/index.m3u8',
      '#EXT-X-ENDLIST',
      '#EXT-X-MEDIA-SEQUENCE:1\n#EXT-X-ENDLIST',
    ],
    ['a map without URI', '180p/index.m3u8', 'MAP:URI', 'MAP:URL'],
    ['a key without URI', '180p/index.m3u8', '#EXTINF', '#EXT-X-KEY:METHOD=AES-128\n#EXTINF'],
    ['a key without METHOD', '180p/index.m3u8', '#EXTINF', '#EXT-X-KEY:URI="k"\n#EXTINF'],
    ['a key for nothing', '180p/index.m3u8', '#EXTINF', '#EXT-X-KEY:METHOD=NONE,URI="k"\n#EXTINF'],
    [
      'an encrypted map without IV',
      '180p/index.m3u8',
      '#EXT-X-MAP',
      '#EXT-X-KEY:METHOD=AES-128,URI="k"\n#EXT-X-MAP',
    ],
    ['a range without offset', '90p/frames.m3u8', /(BYTERANGE:\d+)@\d+/, '$1'],
    ['a range that is none', '90p/frames.m3u8', /BYTERANGE:\d+@\d+/, 'BYTERANGE:all'],
    ['a tag in small letters', '180p/index.m3u8', '#EXT-X-ENDLIST', '#EXT-x-endlist\n#EXT-X-ENDLIST'],
  ] as const)('refuses %s', async (_, path, from, to) => {
    const { syntax } = await load(edit(path, from, to));
    expect(syntax).toEqual(expect.arrayContaining([expect.stringMatching(/RFC 8216bis \d/)]));
  });
});

/** A playlist that says of all its segments that they are encrypted. */
const withKey = (method: string) => (data: Buffer) =>
  Buffer.from(data.toString().replace('#EXTINF', `#EXT-X-KEY:METHOD=${method},URI="00001.m4s"\n#EXTINF`));

describe('bytes that are no fMP4', () => {
  it.each([
    [
      'no box',
      '90p/00001.m4s',
      (data: Buffer) => Buffer.from('<html>not found</html>').subarray(0, data.length),
    ],
    ['a cut segment', '90p/00001.m4s', (data: Buffer) => data.subarray(0, data.length - 1)],
    ['an empty segment', '90p/00001.m4s', () => Buffer.alloc(0)],
    [
      'an init segment without tracks',
      '90p/init.mp4',
      (data: Buffer) => data.subarray(0, data.readUInt32BE(0)),
    ],
    [
      'an init segment of something else',
      '90p/init.mp4',
      () => Buffer.from('\x00\x00\x00\x08junk', 'latin1'),
    ],
    [
      'samples outside their mdat',
      '90p/00001.m4s',
      (data: Buffer) => {
        const run = data.indexOf('trun') + 4;
        data.writeInt32BE(data.readInt32BE(run + 8) + 100, run + 8);
        return data;
      },
    ],
    ['a segment that was not encrypted', '90p/index.m3u8', withKey('AES-128')],
    ['a method that is not read here', '90p/index.m3u8', withKey('SAMPLE-AES')],
  ])('are told of: %s', async (_, path, change) => {
    const mutation: Mutation = {
      files: (files) => files.set(path, change(files.get(path) ?? Buffer.alloc(0))),
    };
    const { unreadable } = await load(mutation);
    const file = path.split('/')[1] ?? '';
    expect(unreadable).toEqual(expect.arrayContaining([expect.stringContaining(file)]));
  });
});
