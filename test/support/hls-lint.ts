import { execFile } from 'node:child_process';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type MediaPlaylist, parseMediaPlaylist } from '../../src/processing/video/index.js';

const run = promisify(execFile);

interface Variant {
  uri: string;
  attributes: Map<string, string>;
}

interface Rendition {
  name: string;
  isVideo: boolean;
  playlist: MediaPlaylist;
  peak: number;
}

/**
 * Checks an HLS directory against RFC 8216 and Apple's authoring specification, as far as players trip over
 * it; the numbers are the specification's rules.
 * @returns violations, empty when all is well
 */
export async function lintHls(directory: string, ffprobePath: string): Promise<string[]> {
  const master = await readFile(join(directory, 'master.m3u8'), 'utf8').catch(() => '');
  const { variants, audioUri } = parseMaster(master);
  const problems: string[] = [];
  if (!master.startsWith('#EXTM3U\n')) problems.push('master: does not begin with #EXTM3U');
  if (!master.includes('#EXT-X-INDEPENDENT-SEGMENTS')) problems.push('master: segments not independent');
  if (variants.length === 0) problems.push('master: no variants');
  const lint = new RenditionLint(directory, ffprobePath, problems);
  const audio = audioUri === null ? null : await lint.check(audioUri, false);
  const videos: Rendition[] = [];
  for (const variant of variants) {
    const video = await lint.check(variant.uri, true);
    videos.push(video);
    lintVariant(variant, video, { audio, problems });
  }
  lintAlignment(videos, audio, problems);
  return problems;
}

function parseMaster(text: string): { variants: Variant[]; audioUri: string | null } {
  const lines = text.split('\n');
  const variants = lines.flatMap((line, at) => {
    if (!line.startsWith('#EXT-X-STREAM-INF:')) return [];
    return [{ uri: lines[at + 1] ?? '', attributes: parseAttributes(line) }];
  });
  const media = lines.find((line) => line.startsWith('#EXT-X-MEDIA:'));
  return { variants, audioUri: media ? (parseAttributes(media).get('URI') ?? null) : null };
}

function parseAttributes(line: string): Map<string, string> {
  const pairs = line.slice(line.indexOf(':') + 1).matchAll(/([A-Z-]+)=(?:"([^"]*)"|([^,]*))/g);
  return new Map([...pairs].map(([, name = '', quoted, plain]) => [name, quoted ?? plain ?? '']));
}

/** 9.1–9.15: what the master says is what is there. */
function lintVariant(
  { uri, attributes }: Variant,
  video: Rendition,
  { audio, problems }: { audio: Rendition | null; problems: string[] },
): void {
  const bandwidth = Number(attributes.get('BANDWIDTH'));
  if (!(bandwidth >= video.peak + (audio?.peak ?? 0))) problems.push(`${uri}: BANDWIDTH below the peak`);
  if (!(Number(attributes.get('AVERAGE-BANDWIDTH')) <= bandwidth))
    problems.push(`${uri}: average above peak`);
  const codecs = audio ? /^avc1\.[0-9a-f]{6},mp4a\.40\.2$/ : /^avc1\.[0-9a-f]{6}$/;
  if (!codecs.test(attributes.get('CODECS') ?? '')) problems.push(`${uri}: CODECS`);
  const [width = 1, height = 1] = (attributes.get('RESOLUTION') ?? '').split('x').map(Number);
  if (!(width % 2 === 0 && height % 2 === 0)) problems.push(`${uri}: RESOLUTION`);
  const rate = Number(attributes.get('FRAME-RATE'));
  if (!(rate > 0 && rate <= 60)) problems.push(`${uri}: FRAME-RATE`);
  if (attributes.has('AUDIO') !== (audio !== null)) problems.push(`${uri}: AUDIO`);
  if (/^(?:\/|\w+:)/.test(uri)) problems.push(`${uri}: not relative`);
}

/** 8.2, 8.22: all renditions can be switched at every segment. */
function lintAlignment(videos: Rendition[], audio: Rendition | null, problems: string[]): void {
  const [first] = videos;
  for (const other of videos.slice(1)) {
    const same = JSON.stringify(durations(other)) === JSON.stringify(first && durations(first));
    if (!same) problems.push(`${other.name}: segments are not those of ${first?.name}`);
  }
  if (!first || !audio) return;
  const boundaries = [first, audio].map((rendition) => cumulate(durations(rendition)).slice(0, -1));
  const common = Math.min(...boundaries.map(({ length }) => length));
  for (let at = 0; at < common; at += 1) {
    const apart = Math.abs((boundaries[0]?.[at] ?? 0) - (boundaries[1]?.[at] ?? 0));
    if (apart > 0.05) problems.push(`audio: boundary ${at} is ${apart.toFixed(3)} s off`);
  }
}

const durations = ({ playlist }: Rendition) => playlist.segments.map(({ seconds }) => seconds);

function cumulate(values: number[]): number[] {
  let sum = 0;
  return values.map((value) => (sum += value));
}

class RenditionLint {
  constructor(
    private readonly directory: string,
    private readonly ffprobePath: string,
    private readonly problems: string[],
  ) {}

  async check(uri: string, isVideo: boolean): Promise<Rendition> {
    const name = dirname(uri);
    const text = await readFile(join(this.directory, uri), 'utf8').catch(() => '');
    const playlist = parseMediaPlaylist(text);
    this.#lintPlaylist(name, playlist);
    const init = join(this.directory, name, playlist.initUri ?? '');
    let peak = 0;
    for (const { uri: segment, seconds } of playlist.segments) {
      const path = join(this.directory, name, segment);
      const size = await sizeOf(path);
      if (size === 0) this.problems.push(`${name}/${segment}: missing or empty`);
      else await this.#lintPackets(`${name}/${segment}`, { init, path, seconds, isVideo });
      if (seconds >= playlist.targetSeconds / 2) peak = Math.max(peak, (size * 8) / seconds);
    }
    return { name, isVideo, playlist, peak };
  }

  /** 7.5–7.7 and RFC 8216, 4.3.3.1. */
  #lintPlaylist(name: string, { targetSeconds, initUri, segments, ended }: MediaPlaylist): void {
    const all = segments.map(({ seconds }) => seconds);
    if (!ended) this.problems.push(`${name}: no ENDLIST`);
    if (initUri === null) this.problems.push(`${name}: no EXT-X-MAP`);
    if (segments.length === 0) this.problems.push(`${name}: no segments`);
    if (all.some((seconds) => Math.round(seconds) > targetSeconds))
      this.problems.push(`${name}: over target`);
    const inner = all.slice(0, -1);
    if (Math.max(...inner, 0) - Math.min(...inner, Infinity) > 0.1) this.problems.push(`${name}: uneven`);
  }

  /** 1.13, 7.4: each segment starts with a keyframe, at its time, and holds what its EXTINF says. */
  async #lintPackets(
    name: string,
    { init, path, seconds, isVideo }: { init: string; path: string; seconds: number; isVideo: boolean },
  ): Promise<void> {
    const joined = `${path}.lint.mp4`;
    await writeFile(joined, Buffer.concat([await readFile(init), await readFile(path)]));
    try {
      const entries = 'packet=pts_time,duration_time,flags';
      const { stdout } = await run(
        this.ffprobePath,
        ['-v', 'error', '-show_entries', entries, '-of', 'csv=p=0', joined],
        { maxBuffer: 16 * 1024 ** 2 },
      );
      const packets = stdout.trim().split('\n').filter(Boolean);
      if (packets.length === 0) this.problems.push(`${name}: no packets`);
      if (isVideo && !/,K/.test(packets[0] ?? '')) this.problems.push(`${name}: no keyframe in front`);
      const times = packets.map((packet) => Number(packet.split(',')[0])).filter(Number.isFinite);
      const span = Math.max(...times) - Math.min(...times);
      if (Math.abs(span - seconds) > 0.5) this.problems.push(`${name}: lasts ${span}, EXTINF ${seconds}`);
    } finally {
      await rm(joined, { force: true });
    }
  }
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
