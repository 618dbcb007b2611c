import { Injectable } from '@nestjs/common';
import { ObjectStore } from '../../../storage/index.js';
import { Check } from '../check.js';
import type { Inspection } from '../inspection.js';
import { type KeyOwner, ownerOf } from '../key-owner.js';
import { ObjectOwners } from '../object-owners.js';

const BATCH = 500;

/**
 * Every object of the store is owned. The list comes first and the database is asked afterwards: what was there when
 * it was listed has an owner from before its first byte on, until it is deleted. So what has none and is still there
 * afterwards is nobody's, however young.
 */
@Injectable()
export class ObjectOwnersCheck extends Check {
  constructor(
    private readonly store: ObjectStore,
    private readonly owners: ObjectOwners,
  ) {
    super();
  }

  override async run(inspection: Inspection): Promise<void> {
    let batch: KeyOwner[] = [];
    for await (const { key, sizeBytes } of this.store.list('')) {
      const owner = ownerOf(key);
      if (owner) batch.push(owner);
      else {
        const detail = `${sizeBytes} bytes under a key that the service does not make`;
        await inspection.report({ kind: 'object.foreign', subject: key, detail });
      }
      if (batch.length < BATCH) continue;
      await this.look(batch, inspection);
      batch = [];
    }
    await this.look(batch, inspection);
  }

  private async look(batch: readonly KeyOwner[], inspection: Inspection): Promise<void> {
    const suspects = await this.owners.unowned(batch);
    const orphans: { object: KeyOwner; detail: string }[] = [];
    for (const object of batch) {
      if (!suspects.has(object.key)) continue;
      const head = await this.store.head(object.key);
      // Once more: under a key that was given up and taken again the first answer may be of the time between.
      if (!head || !(await this.owners.unowned([object])).has(object.key)) continue;
      if (!(await this.store.head(object.key))) continue;
      const detail = `${head.sizeBytes} bytes of ${head.lastModified.toISOString()} that no row names`;
      orphans.push({ object, detail });
    }
    for (const { object, detail } of orphans) {
      await inspection.report({ kind: 'object.unowned', subject: object.key, detail }, () =>
        this.owners.disown(object),
      );
    }
    await inspection.looked('objects', batch.length);
  }
}
