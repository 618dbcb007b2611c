import type { Page } from 'playwright-core';
import { eventually } from './eventually.js';

/** What the page tells of its player; times in seconds of the film. */
export interface Playback {
  time: number;
  duration: number;
  ended: boolean;
  levels: number[];
  /** Heights of the levels that were shown, in order. */
  switched: number[];
  /** Lines of the picture that is on the screen. */
  height: number;
  buffered: [number, number][];
  /** How often hls.js found the player stalled. */
  stalls: number;
  /** How often the element had to wait while it played. */
  waits: number;
  dropped: number;
  frames: number;
  /** Refreshes of the screen, 60 a second, that the page had no part in: the machine was busy with other things. */
  missed: number;
  errors: string[];
  /** Of the white frames that were shown. */
  flashes: number[];
  /** On the clock of the element, by which it shows its pictures. */
  beeps: number[];
}

export const playbackHtml = `<!doctype html><meta charset="utf-8"><title>Playback</title>
<style>body{margin:0;background:#111}video{width:320px;height:180px}</style>
<video></video><script type="module" src="/main.js"></script>`;

/** In the thread of the sound: tells when, on the clock of the sound, a beep begins. */
const beepFinder = `registerProcessor('beeps', class extends AudioWorkletProcessor {
  quiet = 0;
  process([[samples]]) {
    for (const [at, sample] of (samples ?? []).entries()) {
      const loud = Math.abs(sample) > 0.1;
      if (loud && this.quiet > sampleRate / 4) this.port.postMessage((currentFrame + at) / sampleRate);
      this.quiet = loud ? 0 : this.quiet + 1;
    }
    return true;
  }
});`;

/** Plays `?src=` by hls.js when it is clicked, and watches what comes out of it. */
export const playbackScript = `
import Hls from 'hls.js';

const video = document.querySelector('video');
const seen = { levels: [], switched: [], stalls: 0, waits: 0, errors: [], flashes: [], beeps: [], missed: 0 };
const hls = new Hls({ startLevel: 0, capLevelToPlayerSize: false });
hls.on(Hls.Events.MANIFEST_PARSED, (_, { levels }) => { seen.levels = levels.map(({ height }) => height); });
hls.on(Hls.Events.LEVEL_SWITCHED, (_, { level }) => seen.switched.push(hls.levels[level].height));
hls.on(Hls.Events.ERROR, (_, { details }) => {
  seen.errors.push(details);
  if (details === Hls.ErrorDetails.BUFFER_STALLED_ERROR) seen.stalls += 1;
});
hls.loadSource(new URLSearchParams(location.search).get('src'));
hls.attachMedia(video);

// A seek waits for its data, and is no stall.
let isPlaying = false;
video.addEventListener('playing', () => { isPlaying = true; });
video.addEventListener('seeking', () => { isPlaying = false; });
video.addEventListener('waiting', () => { seen.waits += isPlaying ? 1 : 0; });

const canvas = Object.assign(document.createElement('canvas'), { width: 1, height: 1 });
const pixel = canvas.getContext('2d', { willReadFrequently: true });
function onFrame(_, { mediaTime }) {
  // Looking at every frame would cost frames.
  if (Math.abs(mediaTime - Math.round(mediaTime)) < 0.08) {
    pixel.drawImage(video, 0, 0, 1, 1);
    if (Math.min(...pixel.getImageData(0, 0, 1, 1).data) > 200) seen.flashes.push(mediaTime);
  }
  video.requestVideoFrameCallback(onFrame);
}
video.requestVideoFrameCallback(onFrame);

let lastTick = 0;
function onTick(now) {
  if (!video.paused && lastTick > 0) seen.missed += Math.max(0, Math.round(((now - lastTick) * 60) / 1000) - 1);
  lastTick = now;
  requestAnimationFrame(onTick);
}
requestAnimationFrame(onTick);

async function listen() {
  const context = new AudioContext();
  const worklet = new Blob([${JSON.stringify(beepFinder)}], { type: 'text/javascript' });
  await context.audioWorklet.addModule(URL.createObjectURL(worklet));
  const finder = new AudioWorkletNode(context, 'beeps');
  const source = context.createMediaElementSource(video);
  source.connect(finder);
  source.connect(context.destination);
  finder.port.onmessage = ({ data }) => seen.beeps.push(video.currentTime - (context.currentTime - data));
}
video.addEventListener('click', () => void listen().then(() => video.play()), { once: true });

const ended = new Promise((resolve) => video.addEventListener('ended', () => resolve(), { once: true }));
const playback = () => {
  const { droppedVideoFrames: dropped, totalVideoFrames: frames } = video.getVideoPlaybackQuality();
  const { currentTime: time, duration, ended, videoHeight: height, buffered: ranges } = video;
  const buffered = Array.from({ length: ranges.length }, (_, at) => [ranges.start(at), ranges.end(at)]);
  return { ...seen, time, duration, ended, height, buffered, dropped, frames };
};
const seek = (seconds) => {
  Object.assign(seen, { flashes: [], beeps: [] });
  video.currentTime = seconds;
  return video.play();
};
Object.assign(window, { hls, video, ended, playback, seek });
`;

export const readPlayback = (tab: Page): Promise<Playback> => tab.evaluate('playback()');

/** @throws Error that tells how the player stands, when it never comes to that */
export function untilPlayback(
  tab: Page,
  holds: (state: Playback) => boolean,
  withinMs = 60_000,
): Promise<Playback> {
  return eventually(async () => {
    const state = await readPlayback(tab);
    if (!holds(state)) throw new Error(`the player stands at ${JSON.stringify(state)}`);
    return state;
  }, withinMs);
}
