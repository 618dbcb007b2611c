import { DomainError } from '../common/index.js';
import type { StorageObserver, StorageOperation } from './storage-observer.js';

export interface TimedOperation {
  observer: StorageObserver;
  operation: StorageOperation;
  /** True for failures that are not the store's. */
  isCallersFault?: (error: unknown) => boolean;
}

/** Runs an operation and tells the observer how long it took and whether the store failed. */
export async function timed<T>(
  { observer, operation, isCallersFault = () => false }: TimedOperation,
  run: () => Promise<T>,
): Promise<T> {
  const started = performance.now();
  let outcome: 'ok' | 'error' = 'ok';
  try {
    return await run();
  } catch (error) {
    outcome = isCallersFault(error) ? 'ok' : outcomeOf(error);
    throw error;
  } finally {
    observer.observe({ operation, seconds: secondsSince(started), outcome });
  }
}

export function outcomeOf(error: unknown): 'ok' | 'error' {
  return error instanceof DomainError && error.status < 500 ? 'ok' : 'error';
}

export function secondsSince(started: number): number {
  return (performance.now() - started) / 1000;
}
