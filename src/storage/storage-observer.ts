import type { Histogram } from 'prom-client';

export type StorageOperation =
  | 'put'
  | 'get'
  | 'head'
  | 'copy'
  | 'promote'
  | 'delete'
  | 'delete_prefix'
  | 'list'
  | 'sweep_unfinished'
  | 'presign'
  | 'begin'
  | 'put_piece'
  | 'drop_piece'
  | 'append'
  | 'assemble'
  | 'abandon'
  | 'list_pieces'
  | 'check';

/** One finished operation. `seconds` of a get is the time until its stream opened. */
export interface StorageObservation {
  operation: StorageOperation;
  seconds: number;
  /** `error`: the store failed. An answer like OBJECT_NOT_FOUND, an abort or a broken source is `ok`. */
  outcome: 'ok' | 'error';
}

/** Told of every operation on the object store; must not throw. */
export abstract class StorageObserver {
  abstract observe(observation: StorageObservation): void;
}

/** Observes nothing. */
export class SilentStorageObserver extends StorageObserver {
  override observe(): void {}
}

/** Feeds a histogram with the labels `operation` and `outcome`. */
export class HistogramStorageObserver extends StorageObserver {
  constructor(private readonly histogram: Histogram<'operation' | 'outcome'>) {
    super();
  }

  override observe({ operation, seconds, outcome }: StorageObservation): void {
    this.histogram.observe({ operation, outcome }, seconds);
  }
}
