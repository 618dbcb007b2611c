import type { ErrorFactory } from '../../common/index.js';
import { ffmpegErrors } from './ffmpeg.errors.js';
import { blameFor, ProcessFailure } from './process-failure.js';

/** A kind of media's own words for what is wrong with a file. */
export interface MediaErrors {
  corrupt: ErrorFactory;
  tooLarge: ErrorFactory;
  timeout: ErrorFactory;
}

/** Turns a tool's failure into the error that a client sees; anything else is returned as it is. */
export function toMediaError(error: unknown, errors: MediaErrors): unknown {
  if (isDiskFull(error)) return ffmpegErrors.SCRATCH_FULL(undefined, { cause: error });
  if (!(error instanceof ProcessFailure)) return error;
  const options = { cause: error };
  switch (blameFor(error)) {
    case 'input':
      return errors.corrupt(undefined, options);
    case 'time':
      return errors.timeout(undefined, options);
    case 'pixels':
      return errors.tooLarge(undefined, options);
    case 'memory':
      return errors.tooLarge('The file needs more memory than it may have', options);
    case 'size':
      return errors.tooLarge('What is made of the file is larger than it may be', options);
    case 'disk':
      return ffmpegErrors.SCRATCH_FULL(undefined, options);
    case 'machine':
      return ffmpegErrors.TRANSCODER_FAILED(undefined, options);
  }
}

/** Node's own writes to the scratch directory. */
function isDiskFull(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return code === 'ENOSPC' || code === 'EDQUOT';
}
