export { Cache } from './cache.js';
export { CacheModule } from './cache.module.js';
export { type HotResponse, HotResponses } from './hot-responses.js';
export { MemoryCache } from './memory-cache.js';
export { RedisCache } from './redis-cache.js';
