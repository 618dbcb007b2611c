import multipart from '@fastify/multipart';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger } from 'nestjs-pino';
import { AppModule } from './app.module.js';
import type { Configuration } from './config/index.js';
import type { OrmSettings } from './database/index.js';
import { configureHttp, createHttpAdapter, httpApplicationOptions, openHotFront } from './http/index.js';
import { serveDocs } from './openapi.js';
import { EventWsAdapter, isEventsUpgrade } from './uploads/index.js';

/** The whole application on an open database, not listening yet. */
export async function createApp(
  config: Configuration,
  database: OrmSettings,
): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.register(config, database),
    createHttpAdapter(config.app, config.app.servesApi ? isEventsUpgrade : undefined),
    httpApplicationOptions,
  );
  app.useLogger(app.get(Logger));
  await app.register(multipart, {
    throwFileSizeLimit: false,
    limits: { fileSize: Number.MAX_SAFE_INTEGER, parts: 2000, headerPairs: 50 },
  });
  await configureHttp(app, config.app);
  openHotFront(app);
  if (config.app.servesApi) app.useWebSocketAdapter(new EventWsAdapter(app));
  if (config.app.docsEnabled && config.app.servesApi) serveDocs(app);
  return app;
}
