/** The parts of the image benchmark, by name. */
export { benchHits } from './hits.ts';
export { benchTransformMemory, steadyMemorySettings } from './memory.ts';
export { benchMisses } from './misses.ts';
export { benchOverload, overloadSettings } from './overload.ts';
export { benchPeers } from './peer-misses.ts';
export { findPeers } from './peers.ts';
