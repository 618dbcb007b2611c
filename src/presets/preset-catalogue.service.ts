import { Injectable } from '@nestjs/common';
import { type EntityManager, raw } from '@mikro-orm/postgresql';
import { newId } from '../common/index.js';
import { Database } from '../database/index.js';
import type { TransformParams } from '../processing/index.js';
import { Preset } from './entities/preset.entity.js';
import { matches } from './preset-tag.js';
import { presetErrors } from './presets.errors.js';
import { Presets } from './presets.service.js';

/** Of one space; every look-up reads all of them. */
const MAX_PRESETS = 100;

export interface PresetName {
  space: string;
  name: string;
}

/** What a preset is set to. */
export interface PresetContent {
  params: TransformParams;
  eager: boolean;
}

/** Own presets of organizations and of users who are in none. */
@Injectable()
export class PresetCatalogueService {
  constructor(
    private readonly database: Database,
    private readonly presets: Presets,
  ) {}

  /** By name; at most MAX_PRESETS. */
  list(space: string): Promise<Preset[]> {
    return this.database.unit().find(Preset, { space }, { orderBy: { name: 'asc' } });
  }

  find(key: PresetName): Promise<Preset | null> {
    return this.database.unit().findOne(Preset, { ...key });
  }

  /**
   * Makes a preset; one that is there under the very id was made by an earlier attempt.
   * @throws PRESET_EXISTS, PRESET_LIMIT_REACHED
   */
  create(id: string, key: PresetName, content: PresetContent): Promise<Preset> {
    return this.change(key.space, async (tx) => {
      const known = await tx.findOne(Preset, { $or: [{ id }, { ...key }] });
      if (known?.id === id) return known;
      if (known) throw presetErrors.PRESET_EXISTS();
      return this.insert(tx, { id, ...key, ...content });
    });
  }

  /**
   * Makes a preset, or sets one that is there.
   * @param ifMatch entity tags as the client read them; undefined sets whatever is there
   * @throws PRESET_CHANGED, PRESET_LIMIT_REACHED
   */
  put(
    key: PresetName,
    content: PresetContent,
    ifMatch: string | undefined,
  ): Promise<{ preset: Preset; created: boolean }> {
    return this.change(key.space, async (tx) => {
      const known = await tx.findOne(Preset, { ...key });
      if (!matches(known, ifMatch)) throw presetErrors.PRESET_CHANGED();
      if (!known)
        return { preset: await this.insert(tx, { id: newId(), ...key, ...content }), created: true };
      await tx.nativeUpdate(
        Preset,
        { id: known.id },
        { ...toRow(content), version: raw('version + 1'), updatedAt: new Date() },
      );
      return { preset: await tx.findOneOrFail(Preset, { id: known.id }, { refresh: true }), created: false };
    });
  }

  /** @throws PRESET_NOT_FOUND, PRESET_CHANGED */
  remove(key: PresetName, ifMatch: string | undefined): Promise<void> {
    return this.change(key.space, async (tx) => {
      const known = await tx.findOne(Preset, { ...key });
      if (!known) throw presetErrors.PRESET_NOT_FOUND();
      if (!matches(known, ifMatch)) throw presetErrors.PRESET_CHANGED();
      await tx.nativeDelete(Preset, { id: known.id });
    });
  }

  /** Changes of one space one after another: what they read holds until they commit. */
  private async change<T>(space: string, work: (tx: EntityManager) => Promise<T>): Promise<T> {
    const result = await this.database.transaction(async (tx) => {
      await tx.execute(`select pg_advisory_xact_lock(hashtextextended('preset:' || ?, 0))`, [space]);
      return work(tx);
    });
    await this.presets.forget(space);
    return result;
  }

  private async insert(tx: EntityManager, row: PresetName & PresetContent & { id: string }): Promise<Preset> {
    if ((await tx.count(Preset, { space: row.space })) >= MAX_PRESETS) {
      throw presetErrors.PRESET_LIMIT_REACHED(`${MAX_PRESETS} presets are allowed.`);
    }
    const { id, space, name } = row;
    await tx.insert(Preset, { id, space, name, ...toRow(row), createdAt: new Date(), updatedAt: new Date() });
    return tx.findOneOrFail(Preset, { id });
  }
}

function toRow({ params, eager }: PresetContent): { params: Record<string, unknown>; eager: boolean } {
  return { params: { ...params }, eager };
}
