import { captionFilePath, type CaptionTrack } from '../captions/index.js';
import { measureBitRates } from './bit-rates.js';
import { type DashPeriod, dashPeriods, type DashRendition } from './dash-periods.js';
import type { MediaStream } from './media-stream.js';
import { escapeXml } from './xml.js';

/** Units of all times: those of pictures and of sound both come out within a millionth of a second. */
const timescale = 1_000_000;

export interface DashContent {
  /** Complete; see `MediaStream.ended`. */
  stream: MediaStream;
  captions: readonly CaptionTrack[];
  /** From the manifest to the directory of the multivariant playlist, with a slash at its end. */
  base: string;
}

/**
 * The MPD (ISO/IEC 23009-1, profile isoff-live) of a finished stream, over the files of its HLS. A period ends
 * where another init segment begins: DASH knows no other way to change it.
 */
export function dashManifest({ stream, captions, base }: DashContent): string {
  const periods = dashPeriods(stream);
  const seconds = periods.reduce((sum, period) => sum + period.seconds, 0);
  const attributes = [
    'xmlns="urn:mpeg:dash:schema:mpd:2011"',
    'profiles="urn:mpeg:dash:profile:isoff-live:2011"',
    'type="static"',
    `mediaPresentationDuration="${duration(seconds)}"`,
    `minBufferTime="${duration(stream.targetSeconds)}"`,
  ];
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<MPD ${attributes.join(' ')}>`,
    `  <BaseURL>${escapeXml(base)}</BaseURL>`,
    ...periods.flatMap((period, at) =>
      element(
        'Period',
        `id="${at + 1}" duration="${duration(period.seconds)}"`,
        periodLines(period, stream, captions),
      ),
    ),
    '</MPD>',
    '',
  ].join('\n');
}

function periodLines(period: DashPeriod, stream: MediaStream, captions: readonly CaptionTrack[]): string[] {
  const audio = period.audio.flatMap((rendition, at) =>
    element(
      'AdaptationSet',
      `id="${at + 2}" contentType="audio" mimeType="audio/mp4" lang="${languageOf(rendition, stream)}" segmentAlignment="true" startWithSAP="1"`,
      audioLines({ period, rendition, role: at === 0 ? 'main' : 'alternate' }, stream),
    ),
  );
  // A file of captions tells the times of the whole video, so that it belongs to no part of it.
  const text = period.startSeconds === 0 ? captions : [];
  return [
    ...videoLines(period, stream),
    ...audio,
    ...text.flatMap((track, at) => textLines(track, at + 2 + period.audio.length)),
  ];
}

function videoLines(period: DashPeriod, stream: MediaStream): string[] {
  const { num, den } = stream.frameRate;
  const attributes =
    'id="1" contentType="video" mimeType="video/mp4" segmentAlignment="true" startWithSAP="1"';
  const template = templateLines(period, period.video[0], stream.generation);
  const representations = period.video.map((rendition) => {
    const rung = stream.video.find(({ name }) => name === rendition.name)?.rung;
    const size = `width="${rung?.width}" height="${rung?.height}" sar="1:1"`;
    return `<Representation ${common(rendition, stream)} ${size}/>`;
  });
  return element(
    'AdaptationSet',
    `${attributes} frameRate="${num}/${den}"`,
    template.concat(representations),
  );
}

function audioLines(
  { period, rendition, role }: { period: DashPeriod; rendition: DashRendition; role: string },
  stream: MediaStream,
): string[] {
  const channels = stream.audio.find(({ name }) => name === rendition.name)?.track.channels ?? 2;
  const scheme = 'urn:mpeg:dash:23003:3:audio_channel_configuration:2011';
  return [
    `<Role schemeIdUri="urn:mpeg:dash:role:2011" value="${role}"/>`,
    ...templateLines(period, rendition, stream.generation),
    ...element('Representation', `${common(rendition, stream)} audioSamplingRate="48000"`, [
      `<AudioChannelConfiguration schemeIdUri="${scheme}" value="${channels}"/>`,
    ]),
  ];
}

function languageOf({ name }: DashRendition, { audio }: MediaStream): string {
  return escapeXml(audio.find((rendition) => rendition.name === name)?.track.language ?? 'und');
}

function textLines(track: CaptionTrack, id: number): string[] {
  const language = escapeXml(track.language);
  return element('AdaptationSet', `id="${id}" contentType="text" mimeType="text/vtt" lang="${language}"`, [
    '<Role schemeIdUri="urn:mpeg:dash:role:2011" value="subtitle"/>',
    `<Label>${escapeXml(track.label)}</Label>`,
    ...element('Representation', `id="captions-${language}" bandwidth="1000"`, [
      `<BaseURL>${escapeXml(captionFilePath(track))}</BaseURL>`,
    ]),
  ]);
}

/** 5.3.9.4 and 5.3.9.6: times are rounded as sums, so that no error adds up. */
function templateLines(
  { startSeconds }: DashPeriod,
  rendition: DashRendition | undefined,
  generation: number,
): string[] {
  if (!rendition) return [];
  const first = rendition.segments[0];
  let at = rendition.startSeconds;
  const entries = rendition.segments.map(({ seconds }) => {
    const t = Math.round(at * timescale);
    at += seconds;
    return `<S t="${t}" d="${Math.round(at * timescale) - t}"/>`;
  });
  const attributes = [
    `timescale="${timescale}"`,
    `presentationTimeOffset="${Math.round(startSeconds * timescale)}"`,
    `startNumber="${first?.number}"`,
    `initialization="$RepresentationID$/g${generation}-init${first?.init.number}.mp4"`,
    `media="$RepresentationID$/g${generation}-$Number%05d$.m4s"`,
  ];
  return element('SegmentTemplate', attributes.join(' '), element('SegmentTimeline', '', entries));
}

function common({ name, codec, segments }: DashRendition, { targetSeconds }: MediaStream): string {
  const { peak } = measureBitRates(segments, targetSeconds);
  return `id="${escapeXml(name)}" codecs="${codec}" bandwidth="${peak}"`;
}

function element(name: string, attributes: string, content: string[]): string[] {
  const head = attributes === '' ? name : `${name} ${attributes}`;
  return [`<${head}>`, ...content.map((line) => `  ${line}`), `</${name}>`];
}

/** xs:duration, to the millisecond. */
function duration(seconds: number): string {
  return `PT${Number(seconds.toFixed(3))}S`;
}
