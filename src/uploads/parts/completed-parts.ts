import type { Assembler, Piece } from '../../storage/index.js';
import { type PartPlan, partCount, placeOfPart } from './part-plan.js';
import { partErrors } from './parts.errors.js';

/** A part that rows tell of, or the store for those that were put straight to it. */
export interface KnownPart {
  number: number;
  receipt: string;
  etag: string;
}

/** A part as the client names it when it completes a session. */
export interface ClaimedPart {
  partNumber: number;
  etag: string;
}

/**
 * The pieces that make the file, checked against what the client says.
 * @param claimed all parts, as the client knows them
 * @param direct makes a piece of what only the client knows of, for it went straight to the store, which will hold
 *   the tag against it; null where all parts went through the service
 * @throws UPLOAD_INCOMPLETE, UPLOAD_PART_MISMATCH
 */
export function piecesOf(
  plan: PartPlan,
  known: readonly KnownPart[],
  { claimed, direct }: { claimed: readonly ClaimedPart[]; direct: Assembler['directPiece'] | null },
): Piece[] {
  const byNumber = new Map(known.map((part) => [part.number, part]));
  const claims = new Map(claimed.map(({ partNumber, etag }) => [partNumber, bare(etag)]));
  if (claims.size !== claimed.length) throw partErrors.UPLOAD_PART_MISMATCH('a part is listed twice');
  const numbers = Array.from({ length: partCount(plan) }, (_, index) => index + 1);
  const unknown = [...claims.keys()].find((number) => number > numbers.length);
  if (unknown !== undefined) throw partErrors.UPLOAD_PART_MISMATCH(`there is no part ${unknown}`);
  const missing = numbers.filter((number) => !claims.has(number) || (!direct && !byNumber.has(number)));
  if (missing.length > 0) throw partErrors.UPLOAD_INCOMPLETE(`missing: ${listed(missing)}`);
  return numbers.map((number) => {
    const part = byNumber.get(number);
    const etag = claims.get(number) ?? '';
    const { sizeBytes } = placeOfPart(plan, number);
    if (part && etag === bare(part.etag)) return { number, sizeBytes, receipt: part.receipt };
    if (!direct) throw partErrors.UPLOAD_PART_MISMATCH(`part ${number} has another entity tag`);
    return direct({ number, sizeBytes, etag });
  });
}

/** One text for one list, however it is ordered and quoted. */
export function fingerprintOf(claimed: readonly ClaimedPart[]): string {
  return claimed
    .map(({ partNumber, etag }) => `${partNumber}:${bare(etag)}`)
    .toSorted()
    .join(',');
}

/** The list that a fingerprint was made of. */
export function parseFingerprint(fingerprint: string): ClaimedPart[] {
  return fingerprint
    .split(',')
    .filter(Boolean)
    .map((item) => {
      const [number = '', etag = ''] = item.split(':');
      return { partNumber: Number(number), etag };
    });
}

/** Entity tags come with and without their quotes. */
function bare(etag: string): string {
  return etag.replaceAll('"', '');
}

/** The first ones are enough to go on with. */
function listed(numbers: readonly number[]): string {
  const shown = numbers.slice(0, 20).join(', ');
  return numbers.length > 20 ? `${shown} and ${numbers.length - 20} more` : shown;
}
