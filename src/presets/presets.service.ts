import { Injectable, Logger } from '@nestjs/common';
import { Cache } from '../cache/index.js';
import { Database } from '../database/index.js';
import { ConfiguredPresets, type PresetView } from './configured-presets.js';
import { Preset } from './entities/preset.entity.js';
import { readPresetParams } from './preset-params.js';
import { presetErrors } from './presets.errors.js';

const NAMESPACE = 'presets';

/**
 * The presets that hold for media of a space (see `spaceOf`): its own, and the configured ones whose names it has
 * not given to others. Cached: another process may see a change only after `CACHE_TTL_SECONDS`.
 */
@Injectable()
export class Presets {
  private readonly logger = new Logger(Presets.name);

  constructor(
    private readonly database: Database,
    private readonly cache: Cache,
    private readonly configured: ConfiguredPresets,
  ) {}

  /** @throws PRESET_NOT_FOUND */
  async get(space: string, name: string): Promise<PresetView> {
    const preset = (await this.of(space)).find((candidate) => candidate.name === name);
    if (!preset) throw presetErrors.PRESET_NOT_FOUND();
    return preset;
  }

  /** Those that are made as soon as an image arrives. */
  async eager(space: string): Promise<PresetView[]> {
    return (await this.of(space)).filter(({ eager }) => eager);
  }

  /** To be called by whoever committed a change. */
  forget(space: string): Promise<void> {
    return this.cache.forget(NAMESPACE, space);
  }

  private async of(space: string): Promise<PresetView[]> {
    const own = (await this.cache.remember(NAMESPACE, space, () => this.load(space))) ?? [];
    const names = new Set(own.map(({ name }) => name));
    return [...own, ...this.configured.all.filter(({ name }) => !names.has(name))];
  }

  private async load(space: string): Promise<PresetView[]> {
    const rows = await this.database.unit().find(Preset, { space }, { orderBy: { name: 'asc' } });
    return rows.flatMap(({ name, params: raw, eager }) => {
      const { params, problems } = readPresetParams(raw);
      if (params) return [{ name, params, eager }];
      this.logger.warn({ space, preset: name, problems }, 'a preset is refused by the rules of this version');
      return [];
    });
  }
}
