export { takeFrameAt } from './frame-at.js';
export type { PictureRequest } from './picture-run.js';
export { makePreview, type Preview } from './preview.js';
export { type RenderedFrame, renderSegmentFrame } from './segment-frame.js';
export { makeStoryboard, type Storyboard, storyboardContentType } from './storyboard.js';
