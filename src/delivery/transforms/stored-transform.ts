/** A transform that was made, as its row says; plain JSON, so that it can be cached. */
export interface StoredTransform {
  /** Of the variant. */
  id: string;
  /** Of the parameters. */
  hash: string;
  contentType: string;
  sizeBytes: number;
  /** Written once: other bytes have another key. */
  storageKey: string;
  /** Made while a client waited: a job can make it smaller. */
  provisional: boolean;
  /** ISO 8601; of the bytes. */
  createdAt: string;
  /** ISO 8601; to within some minutes. */
  lastUsedAt: string;
}
