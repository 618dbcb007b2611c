import { Injectable } from '@nestjs/common';
import { ObjectStore } from '../../../storage/index.js';
import { Check } from '../check.js';
import type { Inspection } from '../inspection.js';
import { type KeyOwner, ownerOf } from '../key-owner.js';
import { ObjectOwners } from '../object-owners.js';

const BATCH = 200;

type Unfinished = KeyOwner & { handle: string };

/**
 * Multipart uploads that were begun and not ended belong to somebody who is still writing, as objects do. What a
 * repeated request has left under a key that is owned is aborted by the hourly sweep, a day later.
 */
@Injectable()
export class UnfinishedObjectsCheck extends Check {
  constructor(
    private readonly store: ObjectStore,
    private readonly owners: ObjectOwners,
  ) {
    super();
  }

  override async run(inspection: Inspection): Promise<void> {
    const unfinished = await this.store.listUnfinished('');
    if (!unfinished) {
      inspection.note('Unfinished multipart uploads were not looked at: the store does not list them');
      return;
    }
    let batch: Unfinished[] = [];
    for await (const { key, handle } of unfinished) {
      const owner = ownerOf(key);
      if (owner) batch.push({ ...owner, handle });
      if (batch.length < BATCH) continue;
      await this.look(batch, inspection);
      batch = [];
    }
    await this.look(batch, inspection);
  }

  private async look(batch: readonly Unfinished[], inspection: Inspection): Promise<void> {
    const suspects = await this.owners.unowned(batch);
    const orphans: Unfinished[] = [];
    for (const object of batch) {
      if (suspects.has(object.key) && (await this.isThere(object))) orphans.push(object);
    }
    for (const { handle, ...object } of orphans) {
      await inspection.report(
        {
          kind: 'multipart.unowned',
          subject: object.key,
          detail: `the multipart upload ${handle} is nobody's`,
        },
        () => this.owners.disown(object),
      );
    }
    await inspection.looked('unfinishedObjects', batch.length);
  }

  private async isThere({ key, prefixes, handle }: Unfinished): Promise<boolean> {
    for await (const other of (await this.store.listUnfinished(prefixes.at(-1) ?? '')) ?? []) {
      if (other.key === key && other.handle === handle) return true;
    }
    return false;
  }
}
