import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import {
  type AppConfig,
  appConfig,
  type DatabaseConfig,
  databaseConfig,
  type StorageConfig,
  storageConfig,
} from '../config/index.js';
import { Database } from '../database/index.js';
import { JobQueues } from '../processing/index.js';
import { Scanner } from '../security/index.js';
import type { StatusDto, StorageTotalsDto } from './dto/status.dto.js';

/** The version of the package, the same seen from src/ and from dist/. */
const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
  version: string;
};

/** How the service is put together and what is in it. */
@Injectable()
export class AdminStatusService {
  constructor(
    private readonly database: Database,
    private readonly queues: JobQueues,
    private readonly scanner: Scanner,
    @Inject(appConfig.KEY) private readonly app: AppConfig,
    @Inject(databaseConfig.KEY) private readonly databaseSettings: DatabaseConfig,
    @Inject(storageConfig.KEY) private readonly storage: StorageConfig,
  ) {}

  async status(): Promise<StatusDto> {
    const { url, redisUrl } = this.databaseSettings;
    return {
      version,
      role: this.app.role,
      backends: {
        database: url === null ? 'embedded' : 'postgresql',
        queue: redisUrl === null ? 'postgresql' : 'redis',
        cache: redisUrl === null ? 'memory' : 'redis',
        storage: this.storage.driver,
        scanner: this.scanner.name,
      },
      queues: await this.queues.states(),
      storage: await this.totals(),
      warnings: this.scanner.name === 'none' ? ['uploads are not scanned for viruses'] : [],
    };
  }

  private async totals(): Promise<StorageTotalsDto> {
    const [row = {}] = await this.database.unit().execute<Record<string, string>[]>(
      `select (select count(*) from media) as media,
              (select coalesce(sum(size_bytes), 0) from blob) as original_bytes,
              (select count(*) from variant) as variants,
              (select coalesce(sum(size_bytes), 0) from variant) as variant_bytes,
              (select count(*) from variant where kind = 'transform') as transforms,
              (select coalesce(sum(size_bytes), 0) from variant where kind = 'transform') as transform_bytes,
              (select count(*) from pending_deletion) as pending_deletions,
              (select count(*) from outbox) as outbox`,
    );
    return {
      media: Number(row['media']),
      originalBytes: Number(row['original_bytes']),
      variants: Number(row['variants']),
      variantBytes: Number(row['variant_bytes']),
      transforms: Number(row['transforms']),
      transformBytes: Number(row['transform_bytes']),
      pendingDeletions: Number(row['pending_deletions']),
      outbox: Number(row['outbox']),
    };
  }
}
