import { defineErrors } from '../common/index.js';

export const presetErrors = defineErrors({
  PRESET_NOT_FOUND: { status: 404, title: 'There is no such preset' },
  PRESET_EXISTS: { status: 409, title: 'There is a preset of this name already' },
  PRESET_LIMIT_REACHED: { status: 409, title: 'There are as many presets as there can be' },
  PRESET_CHANGED: { status: 412, title: 'The preset has changed since it was read' },
});
