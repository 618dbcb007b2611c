/** How the tiles of a storyboard lie, in time and on their sheets. */
export interface StoryboardPlan {
  /** From one tile to the next. */
  intervalSeconds: number;
  tiles: number;
  tileWidth: number;
  tileHeight: number;
  columns: number;
  /** Of each sheet. */
  rows: number;
  sheets: number;
}

/** Longest side of a tile in pixels. */
const tileSide = 160;
const maxTiles = 400;
/** A sheet of 10 × 10 is some 250 KB: a player loads the first one soon. */
const maxColumns = 10;
const tilesPerSheet = 100;
const intervals = [1, 2, 5, 10, 15, 20, 30, 60, 120, 300];

/** @param display of the video, upright and in square pixels */
export function planStoryboard(
  durationMs: number,
  display: { width: number; height: number },
): StoryboardPlan {
  const seconds = durationMs / 1000;
  const intervalSeconds =
    intervals.find((interval) => seconds / interval <= maxTiles) ?? Math.ceil(seconds / maxTiles);
  const tiles = Math.max(1, Math.ceil(seconds / intervalSeconds));
  const scale = tileSide / Math.max(display.width, display.height);
  const columns = Math.min(tiles, maxColumns);
  return {
    intervalSeconds,
    tiles,
    tileWidth: even(display.width * scale),
    tileHeight: even(display.height * scale),
    columns,
    rows: Math.ceil(Math.min(tiles, tilesPerSheet) / columns),
    sheets: Math.ceil(tiles / tilesPerSheet),
  };
}

function even(side: number): number {
  return Math.max(2, Math.round(side / 2) * 2);
}

/** Name of a sheet, counted from 1. */
export function sheetName(number: number): string {
  return `sheet-${number}.jpg`;
}

/**
 * The WebVTT track that tells a player which part of which sheet shows a moment: cues without gaps from 0 to the
 * end, each a media fragment (`#xywh=`, W3C Media Fragments 4.2.2) of a sheet beside the track.
 */
export function storyboardTrack(plan: StoryboardPlan, durationMs: number): string {
  const { intervalSeconds, tiles, tileWidth, tileHeight, columns } = plan;
  const cues = Array.from({ length: tiles }, (_, tile) => {
    const start = tile * intervalSeconds * 1000;
    const end = tile === tiles - 1 ? Math.max(durationMs, start + 1) : start + intervalSeconds * 1000;
    const place = tile % tilesPerSheet;
    const x = (place % columns) * tileWidth;
    const y = Math.floor(place / columns) * tileHeight;
    const sheet = sheetName(Math.floor(tile / tilesPerSheet) + 1);
    return `${timestamp(start)} --> ${timestamp(end)}\n${sheet}#xywh=${x},${y},${tileWidth},${tileHeight}\n`;
  });
  return `WEBVTT\n\n${cues.join('\n')}`;
}

/** WebVTT, section 3.3: hours of at least two digits. */
function timestamp(ms: number): string {
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const seconds = ((ms % 60_000) / 1000).toFixed(3).padStart(6, '0');
  return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${seconds}`;
}
