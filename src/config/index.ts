export { type AppConfig, appConfig, type Role } from './app.config.js';
export { type AuthConfig, authConfig } from './auth.config.js';
export { AppConfigModule } from './config.module.js';
export { type DatabaseConfig, databaseConfig } from './database.config.js';
export { type Configuration, ConfigurationError, loadConfig } from './load-config.js';
export { type ProcessingConfig, processingConfig, type Rung } from './processing.config.js';
export { type SecurityConfig, securityConfig } from './security.config.js';
export { type StorageConfig, storageConfig } from './storage.config.js';
export { type UploadsConfig, uploadsConfig } from './uploads.config.js';
