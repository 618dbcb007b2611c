export { Cache } from './cache.js';
export { CacheModule } from './cache.module.js';
export { MemoryCache } from './memory-cache.js';
export { RedisCache } from './redis-cache.js';
