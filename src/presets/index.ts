export { configuredPresets, type PresetView } from './configured-presets.js';
export { Preset } from './entities/preset.entity.js';
export { PresetsApiModule, PresetsModule } from './presets.module.js';
export { Presets } from './presets.service.js';
