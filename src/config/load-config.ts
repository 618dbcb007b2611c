import { appConfig } from './app.config.js';
import { authConfig } from './auth.config.js';
import { databaseConfig } from './database.config.js';
import { deliveryConfig } from './delivery.config.js';
import type { RawEnvironment } from './env.js';
import { eventsConfig } from './events.config.js';
import { processingConfig } from './processing.config.js';
import { securityConfig } from './security.config.js';
import type { ConfigProblem } from './slice.js';
import { storageConfig } from './storage.config.js';
import { uploadsConfig } from './uploads.config.js';

/** Everything that was wrong with the environment, by variable name; values never appear. */
export class ConfigurationError extends Error {
  constructor(readonly problems: readonly ConfigProblem[]) {
    super(
      [
        'The configuration has problems:',
        ...problems.map(({ name, message }) => `  ${name}: ${message}`),
      ].join('\n'),
    );
    this.name = 'ConfigurationError';
  }
}

const slices = [
  appConfig,
  databaseConfig,
  storageConfig,
  authConfig,
  securityConfig,
  uploadsConfig,
  eventsConfig,
  processingConfig,
  deliveryConfig,
];

/** Every variable that the service reads; docs/configuration.md and .env.example list the same. */
export function knownVariables(): ReadonlySet<string> {
  return new Set(slices.flatMap((slice) => Object.keys(slice.variables())));
}

/** The whole configuration, one frozen slice per concern. */
export type Configuration = ReturnType<typeof loadConfig>;

/**
 * Reads and checks the environment.
 * @throws ConfigurationError with all problems at once
 */
export function loadConfig(env: RawEnvironment) {
  const problems: ConfigProblem[] = [];
  const config = {
    app: appConfig.read(env, problems),
    database: databaseConfig.read(env, problems),
    storage: storageConfig.read(env, problems),
    auth: authConfig.read(env, problems),
    security: securityConfig.read(env, problems),
    uploads: uploadsConfig.read(env, problems),
    events: eventsConfig.read(env, problems),
    processing: processingConfig.read(env, problems),
    delivery: deliveryConfig.read(env, problems),
  };
  if (config.app.production) {
    if (!config.database.url) problems.push({ name: 'DATABASE_URL', message: 'must be set in production' });
    if (!config.auth.secret && !config.auth.jwksUrl) {
      problems.push({ name: 'JWT_SECRET', message: 'must be set in production, or JWT_JWKS_URL' });
    }
    if (!config.security.urlSigningKey) {
      problems.push({ name: 'URL_SIGNING_KEY', message: 'must be set in production' });
    }
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  return Object.freeze(config);
}
