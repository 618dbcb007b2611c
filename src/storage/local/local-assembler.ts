import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import {
  type AppendRequest,
  Assembler,
  type Assembly,
  type Piece,
  type PieceSlot,
  type PutPieceOptions,
} from '../assembler.js';
import { assertSlot, assertToken, piecesInOrder, totalBytes } from '../assembly-pieces.js';
import type { StoredObject } from '../object-store.js';
import { PutSource } from '../put-source.js';
import { storageErrors } from '../storage.errors.js';
import { type GrowingPiece, LocalAppend, type LocalPace } from './local-append.js';
import { localFailure, translated } from './local-failure.js';
import { assertContained, fileHead, syncDirectories } from './local-files.js';
import { joinPieces } from './local-join.js';
import { LocalPieces } from './local-pieces.js';
import { formatReceipt, parseReceipt, WHOLE } from './local-receipt.js';
import { writeSlot } from './local-slot.js';
import { LocalStaging, openRoot } from './local-staging.js';

/** Files of appends: only these are continued. */
const STREAM = /^w/;

/**
 * Pieces as files beside the object. Slots are written in place into one file where nobody else can be writing;
 * everything else goes to a file of its own, which only its writer and orderly successors touch.
 */
export class LocalAssembler extends Assembler {
  override readonly canPresign = false;
  override readonly failsForGood = true;
  private readonly staging: LocalStaging;
  private readonly pace: LocalPace = { running: 0 };

  private constructor(private readonly root: string) {
    super();
    this.staging = new LocalStaging(root);
  }

  /** Opens the directory of a store, which is made when it is not there. */
  static async open(path: string): Promise<LocalAssembler> {
    return new LocalAssembler(await openRoot(path));
  }

  override async begin(key: string): Promise<string> {
    await translated(() => this.pieces(key));
    return '';
  }

  override async putPiece(
    { key }: Assembly,
    slot: PieceSlot,
    source: Readable,
    options: PutPieceOptions = {},
  ): Promise<string> {
    const guarded = new PutSource(source, options.signal);
    try {
      assertSlot(slot);
      const { number, attempt, exclusive } = slot;
      const place = exclusive
        ? { file: WHOLE, offset: slot.offset }
        : { file: `p${number}-${attempt}`, offset: 0 };
      await writeSlot(
        await this.pieces(key),
        { ...place, sizeBytes: slot.sizeBytes },
        {
          source: guarded.stream,
          verify: () => {
            options.signal?.throwIfAborted();
            options.verify?.();
          },
        },
      );
      return formatReceipt({ ...place, open: false });
    } catch (error) {
      throw guarded.fail(error, localFailure);
    }
  }

  override async dropPiece({ key }: Assembly, receipt: string): Promise<void> {
    const { file } = parseReceipt(receipt);
    if (file === WHOLE) return;
    await translated(async () => (await this.pieces(key)).remove(file));
  }

  override async append({ key }: Assembly, request: AppendRequest): Promise<void> {
    assertToken(request.writer);
    const pieces = await translated(() => this.pieces(key));
    await new LocalAppend(request, growingPiece(request), { pieces, pace: this.pace }).run();
  }

  override async assemble({ key }: Assembly, pieces: readonly Piece[]): Promise<StoredObject> {
    const ordered = piecesInOrder(pieces);
    const sizeBytes = totalBytes(ordered);
    await translated(async () => {
      const path = join(this.root, key);
      const directory = await this.pieces(key);
      await assertContained(this.root, path);
      try {
        await joinPieces(ordered, { key, path }, { pieces: directory, staging: this.staging });
      } catch (error) {
        // Its pieces are gone when an earlier assembly, or one at the same time, got further.
        if ((await fileHead(path, key))?.sizeBytes !== sizeBytes) throw error;
        // An earlier one that died here may have renamed without a sync.
        await syncDirectories(dirname(path), this.root);
      }
      await directory.removeAll();
    });
    return { key, sizeBytes };
  }

  override async abandon({ key }: Assembly): Promise<void> {
    await translated(async () => {
      const directory = await this.pieces(key);
      // First, so that an assembly that gets through has renamed by then.
      await this.staging.dropKey(key);
      await directory.removeAll();
    });
  }

  override async presignPiece(): Promise<string> {
    throw storageErrors.PRESIGN_UNAVAILABLE();
  }

  override async listPieces(): Promise<null> {
    return null;
  }

  override directPiece(): never {
    throw storageErrors.PRESIGN_UNAVAILABLE();
  }

  private pieces(key: string): Promise<LocalPieces> {
    return LocalPieces.of(this.root, key);
  }
}

/** The last piece, where the one who wrote it let go; else a new one in a file that nobody else knows. */
function growingPiece({ pieces, writer, continuable }: AppendRequest): GrowingPiece {
  const last = pieces.at(-1);
  const receipt = last && parseReceipt(last.receipt);
  if (continuable && last && receipt && STREAM.test(receipt.file)) {
    return { number: last.number, sizeBytes: last.sizeBytes, receipt, continued: true };
  }
  return {
    number: (last?.number ?? 0) + 1,
    sizeBytes: 0,
    receipt: { file: `w${writer}-${randomUUID().slice(0, 8)}`, offset: 0, open: true },
    continued: false,
  };
}
