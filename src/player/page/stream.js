import Hls from './hls.mjs';

/**
 * @typedef {object} Stream
 * @property {() => { name: string, height: number }[]} levels lowest first; none where the browser chooses by itself
 * @property {() => number} level index, or -1 for automatic
 * @property {(index: number) => void} setLevel
 * @property {() => number} shownLevel
 * @property {() => number} available seconds that can be played so far
 */

/**
 * Plays a stream by hls.js, or by the browser's own HLS where there are no media source extensions.
 * @param {HTMLVideoElement} video
 * @param {string} url
 * @param {{ onLevels: () => void, onLevel: () => void, onFatal: (detail: string) => void }} events
 * @returns {Stream | null} null when this browser can do neither
 */
export function openStream(video, url, events) {
  if (Hls.isSupported()) return new HlsStream(video, url, events);
  return video.canPlayType('application/vnd.apple.mpegurl') === ''
    ? null
    : new NativeStream(video, url, events);
}

class HlsStream {
  #available = 0;

  constructor(video, url, { onLevels, onLevel, onFatal }) {
    // From its beginning, also while it grows: a list that has no end yet would be played as a live one.
    const hls = new Hls({
      startPosition: 0,
      workerPath: '/watch/assets/hls.worker.js',
      backBufferLength: 60,
      capLevelToPlayerSize: true,
      liveDurationInfinity: false,
    });
    let recoveries = 0;
    hls.on(Hls.Events.MANIFEST_PARSED, onLevels);
    hls.on(Hls.Events.LEVEL_SWITCHED, onLevel);
    hls.on(Hls.Events.LEVEL_UPDATED, (_, { details }) => {
      this.#available = details.edge;
    });
    hls.on(Hls.Events.ERROR, (_, { fatal, type, details }) => {
      if (!fatal) return;
      recoveries += 1;
      if (recoveries > 5) onFatal(details);
      else if (type === Hls.ErrorTypes.MEDIA_ERROR) hls.recoverMediaError();
      else if (type === Hls.ErrorTypes.NETWORK_ERROR) setTimeout(() => hls.startLoad(), 1000 * recoveries);
      else onFatal(details);
    });
    hls.loadSource(url);
    hls.attachMedia(video);
    this.hls = hls;
  }

  levels() {
    return this.hls.levels.map(({ height, name }) => ({ height, name: name || `${height}p` }));
  }

  level() {
    return this.hls.autoLevelEnabled ? -1 : this.hls.loadLevel;
  }

  shownLevel() {
    return this.hls.currentLevel;
  }

  setLevel(index) {
    this.hls.nextLevel = index;
    // A choice is a choice, whatever the size of the window.
    this.hls.autoLevelCapping = -1;
  }

  available() {
    return this.#available;
  }
}

class NativeStream {
  constructor(video, url, { onLevels, onFatal }) {
    this.video = video;
    video.addEventListener('loadedmetadata', onLevels, { once: true });
    video.addEventListener('error', () => onFatal(video.error?.message ?? 'unknown'));
    video.src = url;
  }

  levels() {
    return [];
  }

  level() {
    return -1;
  }

  shownLevel() {
    return -1;
  }

  setLevel() {
    // The browser chooses.
  }

  available() {
    const { seekable } = this.video;
    return seekable.length > 0 ? seekable.end(seekable.length - 1) : 0;
  }
}
