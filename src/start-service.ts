import type { Writable } from 'node:stream';
import { jwtSecret, signDevelopmentToken } from './auth/index.js';
import { type Configuration, ConfigurationError, loadConfig, type RawEnvironment } from './config/index.js';
import { createApp } from './create-app.js';
import { ensureMigrated, openDatabase } from './database/index.js';
import { entities } from './entities.js';
import { shutDownOnSignals } from './http/index.js';
import { configuredPresets } from './presets/index.js';

/** Starts everything, says where it is, and ends it on a signal. */
export async function startService(env: RawEnvironment, output: Writable): Promise<void> {
  const config = readConfig(env, output);
  const database = await openDatabase(config, entities);
  try {
    await ensureMigrated(database.settings, config.database.migrateOnStart);
    const app = await createApp(config, database.settings);
    shutDownOnSignals(
      app,
      { delayMs: config.app.shutdownDelayMs, timeoutMs: config.app.shutdownTimeoutMs },
      {
        on: (signal, listener) => process.on(signal, listener),
        exit: (code) => void database.close().finally(() => process.exit(code)),
      },
    );
    await app.listen(config.app.port, config.app.host);
    output.write(await banner(config, await app.getUrl()));
  } catch (error) {
    await database.close();
    throw error;
  }
}

function readConfig(env: RawEnvironment, output: Writable): Configuration {
  try {
    const config = loadConfig(env);
    configuredPresets(config.delivery);
    return config;
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    output.write(`${error.message}\n`);
    process.exit(1);
  }
}

/** Where things are, for whoever started the service at a terminal; in production the log says enough. */
async function banner(config: Configuration, url: string): Promise<string> {
  if (config.app.production) return '';
  const origin = config.app.publicUrl ?? url.replace('[::1]', 'localhost').replace('127.0.0.1', 'localhost');
  const secret = await jwtSecret(config.auth, config.app);
  const { issuer, audience } = config.auth;
  const token =
    secret &&
    (await signDevelopmentToken(secret, {
      sub: 'developer',
      scopes: ['media:read', 'media:write', 'admin'],
      expiresInSeconds: 24 * 3600,
      ...(issuer !== null && { issuer }),
      ...(audience !== null && { audience }),
    }));
  const lines = [
    `Service     ${origin}`,
    ...(config.app.docsEnabled ? [`Swagger UI  ${origin}/docs`] : []),
    `Data        ${config.app.dataDir}`,
    ...(token
      ? [`Token       ${token}`, '            (development only, valid for a day; more with: npm run token)']
      : []),
  ];
  return `\n${lines.join('\n')}\n\n`;
}
