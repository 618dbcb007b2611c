import { type Gravity, type NamedPosition, namedPositions } from '../transform-params.js';
import type { Size } from './size.js';

/** In fractions of the sides, 0 to 1. */
export interface Point {
  x: number;
  y: number;
}

const focalPoint = /^(0|1|0?\.\d{1,6}|1\.0{1,6}|0\.0{1,6}),(0|1|0?\.\d{1,6}|1\.0{1,6}|0\.0{1,6})$/;

/** Whether a text is a named position or a focal point `x,y`. */
export function isPosition(text: string): boolean {
  return (namedPositions as readonly string[]).includes(text) || focalPoint.test(text);
}

/** @param text as `isPosition` accepts it */
export function parsePosition(text: string): Point | 'attention' | 'entropy' | 'face' {
  if (text === 'attention' || text === 'entropy' || text === 'face') return text;
  const [x, y] = focalPoint.test(text) ? text.split(',').map(Number) : [];
  if (x !== undefined && y !== undefined) return { x, y };
  return gravityPoint(text as Exclude<NamedPosition, 'attention' | 'entropy' | 'face'>);
}

/** A gravity as the point that it holds on to. */
export function gravityPoint(gravity: Gravity): Point {
  const x = gravity.endsWith('west') ? 0 : gravity.endsWith('east') ? 1 : 0.5;
  const y = gravity.startsWith('north') ? 0 : gravity.startsWith('south') ? 1 : 0.5;
  return { x, y };
}

/** Where a larger picture lies behind a smaller canvas that shows as much as can be around a point: 0 or less. */
export function placeBehind(point: Point, picture: Size, canvas: Size): { left: number; top: number } {
  return {
    left: -clamp(Math.round(point.x * picture.width - canvas.width / 2), picture.width - canvas.width),
    top: -clamp(Math.round(point.y * picture.height - canvas.height / 2), picture.height - canvas.height),
  };
}

/** Where a smaller picture lies on a larger canvas: the room that is left is divided as the point divides a side. */
export function placeOn(point: Point, picture: Size, canvas: Size): { left: number; top: number } {
  return {
    left: Math.round(point.x * (canvas.width - picture.width)),
    top: Math.round(point.y * (canvas.height - picture.height)),
  };
}

/** Adding 0 makes 0 of -0, which equality and JSON would tell apart. */
function clamp(value: number, max: number): number {
  return Math.min(Math.max(value, 0), max) + 0;
}
