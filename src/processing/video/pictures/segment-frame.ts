import { join } from 'node:path';
import ffmpeg from 'fluent-ffmpeg';
import { sharp } from '../../image/sharp-runtime.js';
import { inputOptions, inputUrl, type MediaTools, optionList, toMediaError } from '../../ffmpeg/index.js';
import { videoErrors, videoFailures } from '../video.errors.js';
import { wholeJpegSize } from '../whole-file.js';

export interface SegmentFrame {
  /** An init segment and one segment of a rendition of our own, joined. */
  path: string;
  /** From the segment's first picture. */
  seconds: number;
  /** Longest side of the result in pixels; nothing is enlarged. */
  side: number;
  /** Private; the picture is written into it on the way. */
  workDir: string;
}

export interface RenderedFrame {
  data: Buffer;
  contentType: 'image/webp';
  width: number;
  height: number;
}

const fileName = 'frame.jpg';
/** A segment lasts a few seconds. */
const timeoutMs = 30_000;
/** Of the largest rung that can be configured. */
const limits = { maxPixels: 16_384 * 8192 };

/**
 * The picture that a segment shows at a time, or its last one. Costs the decoding of one segment, however long the
 * video is, and reads nothing that a user has made.
 * @throws VIDEO_CORRUPT, VIDEO_TIMEOUT, TRANSCODER_FAILED, SCRATCH_FULL
 */
export async function renderSegmentFrame(tools: MediaTools, frame: SegmentFrame): Promise<RenderedFrame> {
  const picture = join(frame.workDir, fileName);
  try {
    await decode(tools, frame, [...seekTo(frame.seconds), '-frames:v', '1']);
    // The time lies behind the last picture.
    if ((await wholeJpegSize(picture)) === 0) await decode(tools, frame, ['-update', '1']);
  } catch (error) {
    throw toMediaError(error, videoFailures);
  }
  if ((await wholeJpegSize(picture)) === 0) throw videoErrors.VIDEO_CORRUPT('No picture can be decoded');
  const { data, info } = await sharp(picture)
    .resize({ width: frame.side, height: frame.side, fit: 'inside', withoutEnlargement: true })
    .webp({ quality: 80, effort: 4 })
    .toBuffer({ resolveWithObject: true });
  return { data, contentType: 'image/webp', width: info.width, height: info.height };
}

/** Behind the input, for it is short: decoded from its beginning, which is a keyframe. */
function seekTo(seconds: number): string[] {
  return seconds > 0 ? ['-ss', seconds.toFixed(3)] : [];
}

async function decode(tools: MediaTools, { path, workDir }: SegmentFrame, options: string[]): Promise<void> {
  const input = { path, demuxer: 'mov' };
  // By way of RGB: from one matrix to another npm's ffmpeg leaves the range as it is.
  const colours =
    'scale=in_color_matrix=bt709,format=gbrp,scale=out_color_matrix=bt601:out_range=pc,format=yuvj420p';
  const command = ffmpeg()
    .input(inputUrl(input))
    .inputOptions(...inputOptions(input, limits))
    .output(fileName)
    .outputOptions(
      ...optionList({ map: '0:v:0', vf: colours, 'c:v': 'mjpeg', 'q:v': 2, f: 'image2' }),
      ...options,
    );
  await tools.ffmpeg(command, { cwd: workDir, timeoutMs });
}
