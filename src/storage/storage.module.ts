import { Module } from '@nestjs/common';
import { getToken } from '@willsoto/nestjs-prometheus';
import type { Histogram } from 'prom-client';
import { type StorageConfig, storageConfig, type UploadsConfig, uploadsConfig } from '../config/index.js';
import { STORAGE_DURATION } from '../metrics/index.js';
import { LocalObjectStore } from './local/local-object-store.js';
import { MeteredObjectStore } from './metered-object-store.js';
import { ObjectStore } from './object-store.js';
import { PendingDeletions } from './pending-deletions.js';
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

/** The configured object store, metered where there are metrics, and the ledger of what is to be deleted. */
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
    PendingDeletions,
  ],
  exports: [ObjectStore, PendingDeletions],
})
export class StorageModule {}
