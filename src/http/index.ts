export { configureHttp } from './configure-http.js';
export { createHttpAdapter, httpApplicationOptions } from './http-adapter.js';
export { openHotFront } from './hot-front.js';
export { loggerOptions } from './logger-options.js';
export { RateLimitModule } from './rate-limit.module.js';
export { shutDown, shutDownOnSignals, type ShutdownOptions, type SignalledProcess } from './shutdown.js';
