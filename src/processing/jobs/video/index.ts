import { EncodeAudioHandler } from './encode-audio.handler.js';
import { EncodeChunkHandler } from './encode-chunk.handler.js';
import { FinalizeVideoHandler } from './finalize-video.handler.js';
import { Mp4Files } from './mp4-files.js';
import { PlanVideoHandler } from './plan-video.handler.js';
import { RunStore } from './run-store.js';
import { TakePosterHandler } from './take-poster.handler.js';
import { VideoFrame } from './video-frame.js';

export const videoHandlers = [
  PlanVideoHandler,
  EncodeChunkHandler,
  EncodeAudioHandler,
  TakePosterHandler,
  FinalizeVideoHandler,
];

/** What those handlers share. */
export const videoWork = [VideoFrame, RunStore, Mp4Files];
