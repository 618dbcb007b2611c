import { readFileSync } from 'node:fs';
import { STATUS_CODES } from 'node:http';
import { join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { BEARER } from './auth/index.js';
import { PROBLEM_TYPE } from './common/index.js';

const { version, description } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'),
) as { version: string; description: string };

const conventions = `${description}

- **Errors** are problem documents (RFC 9457) with a stable \`code\`; all codes are in docs/errors.md.
- **Lists** are paged by \`limit\` and \`cursor\`, newest first.
- Whatever answers **GET** answers HEAD too.
- Every answer carries \`X-Request-Id\`, the client's own when it sent a sane one, and those of limited
  routes \`RateLimit-Limit\`, \`RateLimit-Remaining\` and \`RateLimit-Reset\`.
- What creates takes an **Idempotency-Key**: the same request under the same key is done once and answered
  alike for 24 hours (\`Idempotency-Replayed: true\`).
- What one may not see is **404**, what one sees but may not change is **403**.
- A **signed URL** is the resource's URL with \`/v1/\` replaced by \`/v1/signed/{token}/\`, and needs no header.`;

/** The OpenAPI 3.1 document of the application; it may be one in Nest's preview mode. */
export function createDocument(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Media service')
    .setDescription(conventions)
    .setVersion(version)
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }, BEARER)
    .addTag('Uploads', 'Bytes in')
    .addTag('Media', 'The catalogue, and the bytes of originals and variants')
    .addTag('Images', 'Transforms on request')
    .addTag('Videos', 'HLS, posters, storyboards and edits')
    .addTag('Audio', 'Waveforms; streams are HLS as those of videos')
    .addTag('Quota and statistics', 'What is used, and what may be')
    .addTag('Admin', 'For operators, with the scope admin')
    .addTag('Operation', 'Probes and metrics')
    .build();
  return finish(SwaggerModule.createDocument(app, config));
}

/** Swagger UI under /docs, the document under /openapi.json. */
export function serveDocs(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => createDocument(app), {
    jsonDocumentUrl: 'openapi.json',
    customSiteTitle: 'Media service',
    swaggerOptions: { persistAuthorization: true },
  });
}

/**
 * What decorators can not say: that a route without a requirement is open to all, that ids of media and of
 * uploads are UUIDs, that problems are the same everywhere, and an order that does not depend on that of imports.
 */
function finish(document: OpenAPIObject): OpenAPIObject {
  const problems: Responses = {};
  for (const [path, item] of Object.entries(document.paths)) {
    for (const operation of operationsOf(item)) {
      operation.security ??= [];
      operation.responses = shareProblems(operation.responses, problems);
      if (/^\/v1\/(?:media|uploads|tus)\//.test(path)) describeId(operation);
    }
  }
  const { schemas = {} } = document.components ?? {};
  return {
    ...document,
    paths: sorted(document.paths),
    components: { ...document.components, schemas: sorted(schemas), responses: sorted(problems) },
  };
}

type PathItem = OpenAPIObject['paths'][string];
type Operation = NonNullable<PathItem['get']>;
type Responses = NonNullable<NonNullable<OpenAPIObject['components']>['responses']>;

function operationsOf({ get, head, options, put, post, patch, delete: remove }: PathItem): Operation[] {
  return [get, head, options, put, post, patch, remove].filter((operation) => operation !== undefined);
}

/** Moves problem documents, equal for a status wherever they occur, to the components. */
function shareProblems(responses: Operation['responses'], problems: Responses): Operation['responses'] {
  return Object.fromEntries(
    Object.entries(responses).map(([status, response]) => {
      if (!response || '$ref' in response) return [status, response];
      if (!response.content?.[PROBLEM_TYPE]) {
        return [status, { ...response, description: response.description || STATUS_CODES[status] }];
      }
      problems[`Problem${status}`] = response;
      return [status, { $ref: `#/components/responses/Problem${status}` }];
    }),
  );
}

function describeId({ parameters = [] }: Operation): void {
  for (const parameter of parameters) {
    if ('$ref' in parameter || parameter.in !== 'path' || parameter.name !== 'id') continue;
    parameter.schema = { type: 'string', format: 'uuid' };
    parameter.example = '01990000-0000-7000-8000-000000000000';
  }
}

function sorted<T>(items: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(items).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
