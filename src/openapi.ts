import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';

const { version, description } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'),
) as { version: string; description: string };

/** The OpenAPI 3.1 document of the application. */
export function createDocument(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Media service')
    .setDescription(description)
    .setVersion(version)
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' })
    .addTag('Uploads', 'Bytes in')
    .addTag('Media', 'The catalogue, and the bytes of originals and variants')
    .addTag('Images', 'Transforms on request')
    .addTag('Videos', 'HLS')
    .addTag('Quota and statistics', 'What is used, and what may be')
    .addTag('Admin', 'For operators, with the scope admin')
    .addTag('Operation', 'Probes')
    .build();
  return SwaggerModule.createDocument(app, config);
}

/** Swagger UI under /docs, the document under /openapi.json. */
export function serveDocs(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => createDocument(app), {
    jsonDocumentUrl: 'openapi.json',
    customSiteTitle: 'Media service',
    swaggerOptions: { persistAuthorization: true },
  });
}
