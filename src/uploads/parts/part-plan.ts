import type { Upload } from '../entities/upload.entity.js';
import { partErrors } from './parts.errors.js';

const MEBIBYTE = 1024 ** 2;
/** The limits of S3, kept by every driver. */
export const MIN_PART_BYTES = 5 * MEBIBYTE;
export const MAX_PART_BYTES = 5 * 1024 * MEBIBYTE;
export const MAX_PARTS = 10_000;
const DEFAULT_PART_BYTES = 8 * MEBIBYTE;

/** How a file of known size is cut: all parts are equal but the last, which is what is left. */
export interface PartPlan {
  sizeBytes: number;
  partSizeBytes: number;
}

/**
 * The size of parts: what the client wishes, else the smallest whole number of mebibytes that needs no more than
 * MAX_PARTS, and no less than 8 MiB.
 * @throws UPLOAD_PART_SIZE_INVALID for a wish that needs more than MAX_PARTS
 */
export function planParts(sizeBytes: number, wishedBytes: number | undefined): PartPlan {
  const needed = Math.ceil(sizeBytes / MAX_PARTS / MEBIBYTE) * MEBIBYTE;
  const plan = { sizeBytes, partSizeBytes: wishedBytes ?? Math.max(DEFAULT_PART_BYTES, needed) };
  if (partCount(plan) > MAX_PARTS) {
    throw partErrors.UPLOAD_PART_SIZE_INVALID(`parts of this size would be more than ${MAX_PARTS}`);
  }
  return plan;
}

export function partCount({ sizeBytes, partSizeBytes }: PartPlan): number {
  return Math.ceil(sizeBytes / partSizeBytes);
}

/** Where a part lies in the file. @throws UPLOAD_PART_UNKNOWN */
export function placeOfPart(plan: PartPlan, number: number): { offset: number; sizeBytes: number } {
  const count = partCount(plan);
  if (!Number.isInteger(number) || number < 1 || number > count) {
    throw partErrors.UPLOAD_PART_UNKNOWN(`parts are numbered from 1 to ${count}`);
  }
  const offset = (number - 1) * plan.partSizeBytes;
  return { offset, sizeBytes: Math.min(plan.partSizeBytes, plan.sizeBytes - offset) };
}

/** The plan of a multipart session; it has both numbers from its beginning. */
export function planOf({ sizeBytes, partSizeBytes }: Pick<Upload, 'sizeBytes' | 'partSizeBytes'>): PartPlan {
  return { sizeBytes: sizeBytes ?? 0, partSizeBytes: partSizeBytes ?? MIN_PART_BYTES };
}
