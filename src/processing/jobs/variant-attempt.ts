import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { Injectable, Logger } from '@nestjs/common';
import { newId } from '../../common/index.js';
import { Database } from '../../database/index.js';
import { ObjectStore, partPrefix, PendingDeletions, variantPrefix } from '../../storage/index.js';

/** Without a sign of life for this long the bytes of an attempt are swept. */
const LEASE_MS = 30 * 60_000;

/**
 * The bytes of one attempt to derive variants, under a prefix of its own: an attempt that lost, or died,
 * never mixes with the one that is committed, and what is not committed is swept.
 */
export class VariantAttempt {
  private readonly logger = new Logger(VariantAttempt.name);
  private readonly renewal: NodeJS.Timeout;
  #sizeBytes = 0;

  constructor(
    readonly prefix: string,
    private readonly parts: { store: ObjectStore; deletions: PendingDeletions },
  ) {
    this.renewal = setInterval(() => {
      parts.deletions.extend(prefix, new Date(Date.now() + LEASE_MS)).catch((error: unknown) => {
        this.logger.warn({ err: error, prefix }, 'an attempt could not renew its lease');
      });
    }, LEASE_MS / 3);
  }

  /** Stores a file, by its path or as it is read. @returns its key */
  async put(
    file: string | Readable,
    name: string,
    contentType: string,
    signal?: AbortSignal,
  ): Promise<string> {
    const key = this.prefix + name;
    const source = typeof file === 'string' ? createReadStream(file) : file;
    const stored = await this.parts.store.put(key, source, {
      contentType,
      ...(signal && { signal }),
    });
    this.#sizeBytes += stored.sizeBytes;
    return key;
  }

  /** Of all that `put` has stored. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Stores all files below a directory under `name/`. @returns the prefix, and how many bytes they have */
  async putDirectory(
    directory: string,
    name: string,
    typeOf: (path: string) => string | null,
  ): Promise<{ prefix: string; sizeBytes: number }> {
    let sizeBytes = 0;
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    for (const entry of entries.filter((candidate) => candidate.isFile())) {
      const path = join(entry.parentPath, entry.name);
      const inside = relative(directory, path).split(sep).join('/');
      const stored = await this.parts.store.put(`${this.prefix}${name}/${inside}`, createReadStream(path), {
        contentType: typeOf(inside) ?? 'application/octet-stream',
      });
      sizeBytes += stored.sizeBytes;
    }
    return { prefix: `${this.prefix}${name}/`, sizeBytes };
  }

  /** Stops renewing; to be called however the attempt ends. */
  end(): void {
    clearInterval(this.renewal);
  }

  /** Deletes what was written, when it will not be committed. */
  discard(): Promise<void> {
    return this.parts.deletions.discard(this.prefix);
  }
}

@Injectable()
export class VariantAttempts {
  constructor(
    private readonly database: Database,
    private readonly store: ObjectStore,
    private readonly deletions: PendingDeletions,
  ) {}

  /** Registers a new prefix for deletion, to be claimed by the commit, and only then hands it out. */
  begin(mediaId: string): Promise<VariantAttempt> {
    return this.beginUnder(variantPrefix(mediaId, newId()));
  }

  /** The same for a part of what many jobs derive together. @param home the prefix of all of it */
  beginPart(home: string, part: string): Promise<VariantAttempt> {
    return this.beginUnder(partPrefix(home, `${part}-${newId()}`));
  }

  private async beginUnder(prefix: string): Promise<VariantAttempt> {
    await this.deletions.register(this.database.unit(), prefix, new Date(Date.now() + LEASE_MS));
    return new VariantAttempt(prefix, { store: this.store, deletions: this.deletions });
  }
}
