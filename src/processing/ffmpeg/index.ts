export type { MediaBinaries, Tool } from './binaries.js';
export { ffmpegErrors } from './ffmpeg.errors.js';
export { type Fraction, parseFraction, toNumber } from './fraction.js';
export {
  type DecodeLimits,
  inputOptions,
  inputUrl,
  mayJumpInTime,
  type MediaInput,
  mediaInput,
} from './media-input.js';
export { type FfmpegRun, MediaTools, type ToolRun } from './media-tools.js';
export { optionList } from './option-list.js';
export type { PacketTimes } from './packet-clock.js';
export { ProcessFailure, saysDiskFull } from './process-failure.js';
export { type LimitedDocument, readDocument } from './read-document.js';
export { runProcess } from './run-process.js';
export { scanPackets } from './scan-packets.js';
export { findCommand, Sandbox } from './sandbox.js';
export { openScratch, sweepScratch, withScratch } from './scratch.js';
export { withinQuota } from './scratch-quota.js';
export type { StreamDocument } from './stream-document.js';
export { Tail } from './tail.js';
export { type MediaErrors, toMediaError } from './to-media-error.js';
