const cue =
  /^(?:(\d+):)?(\d+):(\d+\.\d+) --> (?:(\d+):)?(\d+):(\d+\.\d+).*\r?\n(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)/gm;

/**
 * Reads a storyboard: WebVTT whose cues are parts of pictures (W3C Media Fragments, 4.2.2).
 * @param {string} text
 * @param {string} url of the text
 * @returns {{ end: number, url: string, x: number, y: number, width: number, height: number }[]} in order
 */
export function parseStoryboard(text, url) {
  const base = new URL(url, location.href);
  return [...text.matchAll(cue)].map(([, , , , hours, minutes, seconds, sheet, x, y, width, height]) => ({
    end: Number(hours ?? 0) * 3600 + Number(minutes) * 60 + Number(seconds),
    url: new URL(sheet, base).href,
    x: Number(x),
    y: Number(y),
    width: Number(width),
    height: Number(height),
  }));
}

/** Shows the picture of a moment. @param {HTMLElement} picture */
export function showTile(picture, tiles, seconds) {
  const tile = tiles.find(({ end }) => seconds < end) ?? tiles.at(-1);
  if (!tile) return false;
  picture.style.width = `${tile.width}px`;
  picture.style.height = `${tile.height}px`;
  picture.style.backgroundImage = `url("${tile.url}")`;
  picture.style.backgroundPosition = `-${tile.x}px -${tile.y}px`;
  return true;
}
