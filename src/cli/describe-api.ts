import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { AppModule } from '../app.module.js';
import { loadConfig } from '../config/index.js';
import { createDocument } from '../openapi.js';

/**
 * The OpenAPI document of the service with its default configuration. Nothing is started: in Nest's
 * preview mode modules are read and providers are not made.
 */
export async function describeApi(): Promise<OpenAPIObject> {
  const module = AppModule.register(loadConfig({}), { url: 'postgresql://', poolSize: 1, entities: [] });
  const app = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(), {
    preview: true,
    logger: false,
    abortOnError: false,
  });
  return createDocument(app);
}
