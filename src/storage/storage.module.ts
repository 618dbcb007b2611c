import { Module } from '@nestjs/common';
import { getToken } from '@willsoto/nestjs-prometheus';
import type { Histogram } from 'prom-client';
import { type StorageConfig, storageConfig, type UploadsConfig, uploadsConfig } from '../config/index.js';
import { STORAGE_DURATION } from '../metrics/index.js';
import { Assembler } from './assembler.js';
import { LocalAssembler } from './local/local-assembler.js';
import { LocalObjectStore } from './local/local-object-store.js';
import { MeteredAssembler } from './metered-assembler.js';
import { MeteredObjectStore } from './metered-object-store.js';
import { ObjectStore } from './object-store.js';
import { PendingDeletions } from './pending-deletions.js';
import { S3Assembler } from './s3/s3-assembler.js';
import { partSizeFor } from './s3/s3-client.js';
import { S3ObjectStore } from './s3/s3-object-store.js';
import { HistogramStorageObserver, SilentStorageObserver, StorageObserver } from './storage-observer.js';

async function openStore(
  storage: StorageConfig,
  uploads: UploadsConfig,
  observer: StorageObserver,
): Promise<ObjectStore> {
  const store =
    storage.driver === 's3'
      ? new S3ObjectStore(storage.s3, { partSizeBytes: partSizeFor(uploads.maxUploadBytes) })
      : await LocalObjectStore.open(storage.localPath);
  return new MeteredObjectStore(store, observer);
}

async function openAssembler(
  storage: StorageConfig,
  uploads: UploadsConfig,
  observer: StorageObserver,
): Promise<Assembler> {
  const assembler =
    storage.driver === 's3'
      ? // Twice as large as the largest object needs: takeovers and short appends use up part numbers too.
        new S3Assembler(storage.s3, { partSizeBytes: partSizeFor(2 * uploads.maxUploadBytes) })
      : await LocalAssembler.open(storage.localPath);
  return new MeteredAssembler(assembler, observer);
}

/** The configured object store and assembler, metered where there are metrics, and the ledger of what is to be deleted. */
@Module({
  providers: [
    {
      provide: StorageObserver,
      useFactory: (histogram?: Histogram<'operation' | 'outcome'>) =>
        histogram ? new HistogramStorageObserver(histogram) : new SilentStorageObserver(),
      inject: [{ token: getToken(STORAGE_DURATION), optional: true }],
    },
    {
      provide: ObjectStore,
      useFactory: openStore,
      inject: [storageConfig.KEY, uploadsConfig.KEY, StorageObserver],
    },
    {
      provide: Assembler,
      useFactory: openAssembler,
      inject: [storageConfig.KEY, uploadsConfig.KEY, StorageObserver],
    },
    PendingDeletions,
  ],
  exports: [ObjectStore, Assembler, PendingDeletions],
})
export class StorageModule {}
