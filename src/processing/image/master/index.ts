export { type ImageSource, MasterMaker } from './master-maker.js';
export type { Master } from './write-master.js';
