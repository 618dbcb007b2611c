import { describe, expect, it } from '@jest/globals';
import { defineErrors } from '../../common/index.js';
import { ProcessFailure } from './process-failure.js';
import { toMediaError } from './to-media-error.js';

const errors = defineErrors({
  TEST_CORRUPT: { status: 422, title: 'corrupt' },
  TEST_TOO_LARGE: { status: 422, title: 'too large' },
  TEST_TIMEOUT: { status: 422, title: 'timeout' },
});
const own = { corrupt: errors.TEST_CORRUPT, tooLarge: errors.TEST_TOO_LARGE, timeout: errors.TEST_TIMEOUT };
const failed = (exitCode: number, stderrTail: string) => new ProcessFailure('exit', { exitCode, stderrTail });

describe('toMediaError', () => {
  it.each([
    ['damaged input', failed(1, 'moov atom not found'), 'TEST_CORRUPT'],
    ['a crash on the input', new ProcessFailure('signal', { signal: 'SIGSEGV' }), 'TEST_CORRUPT'],
    ['the wall clock', new ProcessFailure('timeout'), 'TEST_TIMEOUT'],
    ['a tool that hangs', new ProcessFailure('stalled'), 'TEST_TIMEOUT'],
    ['the CPU limit', new ProcessFailure('signal', { signal: 'SIGXCPU' }), 'TEST_TIMEOUT'],
    ['the memory limit', failed(1, 'x264: Cannot allocate memory'), 'TEST_TOO_LARGE'],
    [
      'a picture too large',
      failed(1, 'Picture size 9x9 exceeds specified max pixel count 1'),
      'TEST_TOO_LARGE',
    ],
    ['the file size limit', new ProcessFailure('signal', { signal: 'SIGXFSZ' }), 'TEST_TOO_LARGE'],
    ['a full disk', failed(1, 'av_interleaved_write_frame(): No space left on device'), 'SCRATCH_FULL'],
    ['the out-of-memory killer', new ProcessFailure('signal', { signal: 'SIGKILL' }), 'TRANSCODER_FAILED'],
    ['an interrupted ffmpeg', failed(255, ''), 'TRANSCODER_FAILED'],
    ['a wrapper that can not start it', failed(127, 'failed to execute ffmpeg'), 'TRANSCODER_FAILED'],
    ['a build without an encoder', failed(1, "Unknown encoder 'libx264'"), 'TRANSCODER_FAILED'],
    ['a binary that is gone', new ProcessFailure('spawn'), 'TRANSCODER_FAILED'],
  ])('blames the right one for %s', (_, failure, code) => {
    expect(toMediaError(failure, own)).toMatchObject({ code, cause: failure });
  });

  it('never tells a client what the tool said', () => {
    const error = toMediaError(failed(1, 'file:/secret/path: Invalid data'), own) as Error;
    expect(error.message).not.toContain('secret');
  });

  it('knows a full disk by the codes of Node too', () => {
    const error = Object.assign(new Error('write'), { code: 'ENOSPC' });
    expect(toMediaError(error, own)).toMatchObject({ code: 'SCRATCH_FULL', status: 507, cause: error });
  });

  it('leaves other errors alone', () => {
    const error = new Error('mine');
    expect(toMediaError(error, own)).toBe(error);
  });
});
