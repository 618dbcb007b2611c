export {
  type AppendRequest,
  Assembler,
  type Assembly,
  type DirectPiece,
  type Piece,
  type PieceSlot,
  type PresignPieceOptions,
  type PutPieceOptions,
} from './assembler.js';
export { piecesPrefix } from './assembly-pieces.js';
export { PendingDeletion } from './entities/pending-deletion.entity.js';
export {
  attemptPrefix,
  incomingKey,
  incomingPrefix,
  derivedPrefix,
  enclosingPrefix,
  partPrefix,
  uploadKey,
  uploadPrefix,
  variantPrefix,
} from './media-keys.js';
export {
  type ByteRange,
  type ObjectHead,
  ObjectStore,
  type PresignGetOptions,
  type PresignManyOptions,
  type PresignPutOptions,
  type PutOptions,
  type StoredObject,
  type UnfinishedObject,
} from './object-store.js';
export { PendingDeletions } from './pending-deletions.js';
export { storageErrors } from './storage.errors.js';
export { StorageModule } from './storage.module.js';
