import { readAddress } from './address.js';
import { createCaptions } from './captions.js';
import { createControls } from './controls.js';
import { createMenu } from './menu.js';
import { loadPlayback, PlaybackProblem } from './playback.js';
import { parseStoryboard } from './storyboard.js';
import { openStream } from './stream.js';
import { createTimeline } from './timeline.js';

const pollMs = 2000;
/** What is made at leisure once a video is ready is asked for ever less often: for two minutes in all. */
const lateMs = [2000, 4000, 8000, 16_000, 32_000, 64_000];

const player = document.querySelector('.player');
const video = player.querySelector('video');
const address = readAddress(location);
const timeline = createTimeline(player, video);
const menuOf = (name, onChoose) => createMenu(player.querySelector(`[data-menu="${name}"]`), onChoose);
const captions = createCaptions(
  video,
  menuOf('captions', (value) => captions.choose(Number(value))),
);
const qualityMenu = menuOf('quality', (value) => {
  stream?.setLevel(Number(value));
  showLevel();
});
createControls({ player, video, timeline, captions, speedMenu: (onChoose) => menuOf('speed', onChoose) });

/** @type {import('./stream.js').Stream | null} */
let stream = null;
let beganEarly = false;
let hasStoryboard = false;

function note(text) {
  const place = player.querySelector('.progress');
  place.hidden = text === null;
  // What reads the page aloud repeats what is written again.
  if (text !== null && place.textContent !== text) place.textContent = text;
}

function fail(title, detail) {
  player.dataset.state = 'failed';
  player.querySelector('.problem').hidden = false;
  player.querySelector('.problem-title').textContent = title;
  player.querySelector('.problem-detail').textContent = detail;
}

function showLevel() {
  const level = stream.level();
  const shown = stream.levels()[stream.shownLevel()]?.name;
  const auto = shown ? `Auto (${shown})` : 'Auto';
  const levels = stream.levels().map(({ name }, at) => ({ value: String(at), label: name }));
  qualityMenu.show([...levels.toReversed(), { value: '-1', label: auto }], String(level));
  qualityMenu.label(level < 0 ? 'Auto' : (stream.levels()[level]?.name ?? 'Auto'));
}

function start() {
  stream = openStream(video, address.resolve('hls/master.m3u8'), {
    onLevels: () => {
      player.dataset.state = 'ready';
      showLevel();
    },
    onLevel: showLevel,
    onFatal: (detail) => fail('The video stopped', `It can not be played on: ${detail}.`),
  });
  if (!stream) fail('This browser can not play it', 'It has neither media source extensions nor HLS.');
}

async function showStoryboard() {
  const url = address.resolve('storyboard/storyboard.vtt');
  const response = await fetch(url);
  if (response.ok) timeline.setTiles(parseStoryboard(await response.text(), url));
}

/** Of the texts in its file a video that was begun early has come to know by now. */
async function addCaptions() {
  const response = await fetch(address.resolve('captions'));
  if (!response.ok) return;
  const { items } = await response.json();
  captions.add(
    items.map(({ language, label }) => ({ language, label, url: address.resolve(`captions/${language}`) })),
  );
}

/** Follows a video that is still being made; what is there plays meanwhile. */
async function follow() {
  const playback = await loadPlayback(address);
  document.title = playback.title;
  player.querySelector('.title').textContent = playback.title;
  if (!video.poster && playback.poster) video.poster = address.resolve(playback.poster);
  if (playback.storyboard && !hasStoryboard) {
    hasStoryboard = true;
    void showStoryboard();
  }
  const isMaking = playback.status !== 'ready';
  if (playback.playable && !stream) {
    start();
    beganEarly = isMaking;
  }
  const total = playback.duration ?? 0;
  timeline.setLengths({ total, available: isMaking ? (stream?.available() ?? 0) : total });
  const still = playback.playable ? 'Still being' : 'Being';
  note(isMaking ? `${still} prepared: ${playback.progress} %` : null);
  if (!isMaking && beganEarly) {
    beganEarly = false;
    void addCaptions();
  }
  const waitMs = isMaking ? pollMs : hasStoryboard ? undefined : lateMs.shift();
  if (waitMs !== undefined) setTimeout(() => void run(), waitMs);
}

async function run() {
  try {
    await follow();
  } catch (error) {
    if (!(error instanceof PlaybackProblem)) throw error;
    if (!stream && !error.passes) return fail(error.title, error.message);
    if (!stream) note(`${error.title}…`);
    setTimeout(() => void run(), pollMs);
  }
}

player.querySelector('.retry').addEventListener('click', () => location.reload());
window.addEventListener('hashchange', () => location.reload());
await run();
