import type { EditOperation } from '../../media/index.js';
import { editErrors } from './edit.errors.js';
import { operationOf } from './edit-graph.js';

/** A part of a source. */
export interface EditSpan {
  start: number;
  seconds: number;
}

const shortestSeconds = 0.1;

/**
 * What is taken of a source.
 * @throws EDIT_INVALID when that is nothing
 */
export function spanOf(sourceSeconds: number, operations: readonly EditOperation[]): EditSpan {
  const clip = operationOf(operations, 'clip');
  if (!clip) return { start: 0, seconds: sourceSeconds };
  const seconds = Math.min(clip.end, sourceSeconds) - clip.start;
  if (seconds < shortestSeconds) {
    const length = sourceSeconds.toFixed(1);
    throw editErrors.EDIT_INVALID(
      `the clip must last ${shortestSeconds} s at least, within the ${length} s of the video`,
    );
  }
  return { start: clip.start, seconds };
}
