import ffmpegInstaller from '@ffmpeg-installer/ffmpeg';
import ffprobeInstaller from '@ffprobe-installer/ffprobe';
import { MediaTools } from '../../src/processing/ffmpeg/index.js';

/** The oldest tools that are supported, npm's, unless others are given: FFMPEG_PATH=/usr/bin/ffmpeg npm test. */
export const testToolPaths = {
  ffmpegPath: process.env['FFMPEG_PATH'] ?? ffmpegInstaller.path,
  ffprobePath: process.env['FFPROBE_PATH'] ?? ffprobeInstaller.path,
};

export const openTestTools = (): Promise<MediaTools> => MediaTools.open(testToolPaths);
