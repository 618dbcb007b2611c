import { describe, expect, it } from '@jest/globals';
import { planStoryboard, storyboardTrack } from './storyboard-plan.js';

const wide = { width: 1920, height: 1080 };

describe('planStoryboard', () => {
  it.each([
    ['a moment', 40, { intervalSeconds: 1, tiles: 1, columns: 1, rows: 1, sheets: 1 }],
    ['six seconds', 6000, { intervalSeconds: 1, tiles: 6, columns: 6, rows: 1, sheets: 1 }],
    ['just over', 6001, { intervalSeconds: 1, tiles: 7, columns: 7, rows: 1, sheets: 1 }],
    ['a minute', 60_000, { intervalSeconds: 1, tiles: 60, columns: 10, rows: 6, sheets: 1 }],
    ['ten minutes', 600_000, { intervalSeconds: 2, tiles: 300, columns: 10, rows: 10, sheets: 3 }],
    ['two hours', 7_200_000, { intervalSeconds: 20, tiles: 360, columns: 10, rows: 10, sheets: 4 }],
    ['two days', 172_800_000, { intervalSeconds: 432, tiles: 400, columns: 10, rows: 10, sheets: 4 }],
  ])('spreads tiles over %s', (_name, durationMs, expected) => {
    expect(planStoryboard(durationMs, wide)).toMatchObject(expected);
  });

  it.each([
    [wide, 160, 90],
    [{ width: 720, height: 1280 }, 90, 160],
    [{ width: 8000, height: 20 }, 160, 2],
    [{ width: 64, height: 64 }, 160, 160],
  ])('keeps the aspect of %j in even sides', (display, tileWidth, tileHeight) => {
    expect(planStoryboard(1000, display)).toMatchObject({ tileWidth, tileHeight });
  });
});

describe('storyboardTrack', () => {
  it('covers the video without a gap, and ends with it', () => {
    const track = storyboardTrack(planStoryboard(11_500, wide), 11_500);
    expect(track).toMatch(/^WEBVTT\n\n00:00:00\.000 --> 00:00:01\.000\nsheet-1\.jpg#xywh=0,0,160,90\n\n/);
    expect(track).toContain('00:00:10.000 --> 00:00:11.000\nsheet-1.jpg#xywh=0,90,160,90\n');
    expect(track).toMatch(/00:00:11\.000 --> 00:00:11\.500\nsheet-1\.jpg#xywh=160,90,160,90\n$/);
  });

  it('goes on to further sheets', () => {
    const track = storyboardTrack(planStoryboard(7_200_000, wide), 7_200_000);
    expect(track).toContain('00:33:20.000 --> 00:33:40.000\nsheet-2.jpg#xywh=0,0,160,90\n');
    expect(track).toContain('01:59:40.000 --> 02:00:00.000\nsheet-4.jpg#xywh=1440,450,160,90\n');
  });
});
