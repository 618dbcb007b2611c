import { formatTime, spokenTime } from './format-time.js';
import { showTile } from './storyboard.js';

/**
 * The bar: what is played, loaded and already made; seeking, and the picture under the pointer.
 * @param {HTMLElement} player
 * @param {HTMLVideoElement} video
 */
export function createTimeline(player, video) {
  const find = (selector) => player.querySelector(selector);
  const [seek, track, played, buffered, made] = ['.seek', '.track', '.played', '.buffered', '.made'].map(
    find,
  );
  const [preview, picture, previewTime] = ['.preview', '.preview-picture', '.preview-time'].map(find);
  let total = 0;
  let available = 0;
  let tiles = [];
  let isDragging = false;

  const share = (seconds) => (total > 0 ? Math.min(1, seconds / total) : 0);
  const fill = (bar, seconds) => {
    bar.style.transform = `scaleX(${share(seconds)})`;
  };

  /** What is not made yet can't be sought to. */
  function seekTo(seconds) {
    const last = Math.max(0, available - 0.1);
    video.currentTime = Math.min(Math.max(0, seconds), available > 0 ? last : seconds);
  }

  function update() {
    const { currentTime } = video;
    if (!isDragging) seek.value = String(currentTime);
    seek.setAttribute('aria-valuetext', `${spokenTime(currentTime)} of ${spokenTime(total)}`);
    find('.now').textContent = formatTime(currentTime);
    fill(played, currentTime);
    const ranges = video.buffered;
    for (let at = 0; at < ranges.length; at += 1) {
      if (ranges.start(at) <= currentTime + 0.1 && currentTime <= ranges.end(at))
        fill(buffered, ranges.end(at));
    }
  }

  function hover(event) {
    const box = track.getBoundingClientRect();
    const ratio = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    const seconds = ratio * total;
    preview.dataset.bare = String(!showTile(picture, tiles, seconds));
    previewTime.textContent = formatTime(seconds);
    preview.hidden = total === 0;
    const half = preview.offsetWidth / 2;
    preview.style.left = `${Math.min(box.width - half, Math.max(half, ratio * box.width))}px`;
  }

  seek.addEventListener('pointermove', hover);
  seek.addEventListener('pointerleave', () => {
    preview.hidden = true;
  });
  seek.addEventListener('pointerdown', () => {
    isDragging = true;
  });
  seek.addEventListener('input', () => seekTo(Number(seek.value)));
  seek.addEventListener('change', () => {
    isDragging = false;
    seekTo(Number(seek.value));
  });
  for (const name of ['timeupdate', 'progress', 'seeking', 'durationchange'])
    video.addEventListener(name, update);

  return {
    seekTo,
    total: () => total,
    /** @param {{ total: number, available: number }} lengths seconds */
    setLengths(lengths) {
      ({ total, available } = lengths);
      seek.max = String(total);
      find('.total').textContent = formatTime(total);
      fill(made, available);
      update();
    },
    setTiles(found) {
      tiles = found;
    },
  };
}
