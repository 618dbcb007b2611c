export { PlayerModule } from './player.module.js';
