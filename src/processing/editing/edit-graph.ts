import type { EditOperation, WatermarkPosition } from '../../media/index.js';
import type { Fraction } from '../ffmpeg/index.js';
import { uprightFilters } from '../video/filter-graph.js';
import type { FilmProbe } from '../video/probe.js';

export interface FrameSize {
  width: number;
  height: number;
}

/** The form that all sources of an edit are brought to. */
export interface EditForm extends FrameSize {
  frameRate: Fraction;
}

type OperationOf<T extends EditOperation['type']> = Extract<EditOperation, { type: T }>;

export function operationOf<T extends EditOperation['type']>(
  operations: readonly EditOperation[],
  type: T,
): OperationOf<T> | null {
  return operations.find((operation): operation is OperationOf<T> => operation.type === type) ?? null;
}

/** That of the first source; sides are even, as H.264 wants them. */
export function formOf({ video }: FilmProbe): EditForm {
  return { width: even(video.width), height: even(video.height), frameRate: video.frameRate };
}

/** The largest size of a picture's aspect within a frame. */
export function fitWithin({ width, height }: FrameSize, frame: FrameSize): FrameSize {
  const scale = Math.min(frame.width / width, frame.height / height);
  return {
    width: Math.min(frame.width, even(width * scale)),
    height: Math.min(frame.height, even(height * scale)),
  };
}

function even(side: number): number {
  return Math.max(2, Math.round(side / 2) * 2);
}

const turns = { 90: 'transpose=clock', 180: 'hflip,vflip', 270: 'transpose=cclock' } as const;

/** The size of what comes out. */
export function outputSize({ width, height }: FrameSize, operations: readonly EditOperation[]): FrameSize {
  const degrees = operationOf(operations, 'rotate')?.degrees ?? 0;
  return degrees % 180 === 0 ? { width, height } : { width: height, height: width };
}

/** Distance from the edges, of the shorter side. */
const marginShare = 0.03;

function overlayAt(position: WatermarkPosition, frame: FrameSize): string {
  const margin = Math.round(Math.min(frame.width, frame.height) * marginShare);
  const [left, top] = [String(margin), String(margin)];
  const [right, bottom] = [`W-w-${margin}`, `H-h-${margin}`];
  const places: Record<WatermarkPosition, [string, string]> = {
    'top-left': [left, top],
    'top-right': [right, top],
    'bottom-left': [left, bottom],
    'bottom-right': [right, bottom],
    centre: ['(W-w)/2', '(H-h)/2'],
  };
  const [x, y] = places[position];
  return `overlay=x=${x}:y=${y}`;
}

export interface EditGraph {
  sources: readonly FilmProbe[];
  operations: readonly EditOperation[];
  form: EditForm;
  /** Seconds that are taken of each source. */
  seconds: readonly number[];
}

/** Whether anything is heard in the result. */
export function hasSound({ sources, operations }: Pick<EditGraph, 'sources' | 'operations'>): boolean {
  return operationOf(operations, 'mute') === null && sources.some(({ audio }) => audio !== null);
}

/**
 * The graph from the sources, inputs 0 …, to `[picture]` and, where there is sound, `[sound]`. The input behind the
 * sources is the watermark.
 */
export function editGraph(edit: EditGraph): string {
  const { sources, operations } = edit;
  const sound = hasSound(edit);
  const parts = sources.flatMap((source, at) => [
    `${pictureOf(source, at, edit.form)}[p${at}]`,
    ...(sound ? [`${soundOf(source, at, edit.seconds[at] ?? 0)}[a${at}]`] : []),
  ]);
  const joined = sources.map((_, at) => `[p${at}]${sound ? `[a${at}]` : ''}`).join('');
  const outputs = `[joined]${sound ? '[sound]' : ''}`;
  const join = `${joined}concat=n=${sources.length}:v=1:a=${sound ? 1 : 0}${outputs}`;
  const turned = outputSize(edit.form, operations);
  const rotate = operationOf(operations, 'rotate');
  const watermark = operationOf(operations, 'watermark');
  const upright = `[joined]${rotate ? turns[rotate.degrees] : 'null'}`;
  if (!watermark) return [...parts, join, `${upright}[picture]`].join(';');
  return [
    ...parts,
    join,
    `${upright}[under]`,
    `[${sources.length}:0]format=rgba,colorchannelmixer=aa=${watermark.opacity}[mark]`,
    `[under][mark]${overlayAt(watermark.position, turned)},format=yuv420p[picture]`,
  ].join(';');
}

/** What has another aspect than the first gets bars. */
function pictureOf({ video }: FilmProbe, at: number, form: EditForm): string {
  const size = fitWithin(video, form);
  const bars =
    size.width === form.width && size.height === form.height
      ? []
      : [`pad=${form.width}:${form.height}:(ow-iw)/2:(oh-ih)/2`, 'setsar=1'];
  return `[${at}:${video.stream.index}]${[...uprightFilters(video, size, form.frameRate), ...bars].join(',')}`;
}

/** Silence where others are heard. */
function soundOf({ audio }: FilmProbe, at: number, seconds: number): string {
  if (!audio) return `anullsrc=r=48000:cl=stereo,atrim=duration=${seconds.toFixed(3)}`;
  return `[${at}:${audio.stream.index}]aresample=48000:async=1:first_pts=0,aformat=channel_layouts=stereo`;
}
