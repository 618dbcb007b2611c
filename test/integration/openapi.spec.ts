import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OpenAPIObject } from '@nestjs/swagger';
import { type RouteAccess, RouteCatalogue } from '../../src/auth/index.js';
import { describeApi } from '../../src/cli/describe-api.js';
import { declaredErrors } from '../../src/common/index.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

type PathItem = OpenAPIObject['paths'][string];
type Operation = NonNullable<PathItem['get']>;

const text = readFileSync(join(import.meta.dirname, '../../openapi.json'), 'utf8');
const document = JSON.parse(text) as OpenAPIObject;
const { schemas = {}, responses = {} } = document.components ?? {};
const methods = ['get', 'head', 'options', 'put', 'post', 'patch', 'delete'] as const;

/** Every operation by its name in HTTP, as [name, operation] for `it.each`. */
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  methods.flatMap((method): [string, Operation][] => {
    const operation = item[method];
    return operation ? [[`${method.toUpperCase()} ${path}`, operation]] : [];
  }),
);

/** Whether an operation makes something, or begins to. */
function creates(answers: Operation['responses']): boolean {
  return '201' in answers || '202' in answers;
}

function securityOf(access: RouteAccess | null): unknown {
  if (!access || access.kind === 'public') return [];
  const bearer = { bearer: access.scopes };
  return access.kind === 'anonymous' ? [bearer, {}] : [bearer];
}

describe('openapi.json', () => {
  it('is what the code says (npm run openapi writes it)', async () => {
    expect(document).toEqual(JSON.parse(JSON.stringify(await describeApi())));
  });

  it('is OpenAPI 3.1', () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    expect(operations.length).toBeGreaterThan(30);
  });

  it.each(operations)('says of %s what it is for', (_name, operation) => {
    const tags = (document.tags ?? []).map(({ name }) => name);
    expect(operation.operationId).toMatch(/^[a-z][A-Za-z]+$/);
    expect(operation.summary).toBeTruthy();
    expect(operation.tags).toHaveLength(1);
    expect(tags).toEqual(expect.arrayContaining(operation.tags ?? []));
  });

  it.each(operations)('answers failures of %s with problem documents', (_name, operation) => {
    const failures = Object.entries(operation.responses).filter(([status]) => Number(status) >= 400);
    for (const [status, response] of failures) {
      expect(response).toEqual({ $ref: `#/components/responses/Problem${status}` });
    }
  });

  it.each(operations.filter(([, { security }]) => security?.length))(
    'says that %s refuses bad tokens and too many requests',
    (_name, { responses: answers }) => {
      expect(Object.keys(answers)).toEqual(expect.arrayContaining(['401', '403', '429']));
    },
  );

  it.each(
    operations.filter(([name, { responses: answers }]) => name.startsWith('POST ') && creates(answers)),
  )('lets %s be sent twice', (_name, { parameters = [], responses: answers }) => {
    expect(parameters).toContainEqual(
      expect.objectContaining({ name: 'Idempotency-Key', in: 'header', required: false }),
    );
    expect(Object.keys(answers)).toEqual(expect.arrayContaining(['400', '409', '422']));
  });

  it.each(Object.entries(responses))('gives an example that exists: %s', (name, response) => {
    const content = '$ref' in response ? undefined : response.content?.['application/problem+json'];
    const example = content?.example as { code: string; status: number; title: string };
    expect(`Problem${example.status}`).toBe(name);
    expect(declaredErrors().get(example.code)).toEqual({ status: example.status, title: example.title });
  });

  it.each(Object.entries(schemas))('shows by example what is in %s', (_name, schema) => {
    const properties = '$ref' in schema ? {} : (schema.properties ?? {});
    const unexplained = Object.entries(properties).filter(([, property]) => {
      if ('$ref' in property || property.enum || property.format === 'binary') return false;
      const items = property.items && ('$ref' in property.items || property.items.format === 'binary');
      return !('example' in property) && !items && !property.allOf && !property.anyOf && !property.oneOf;
    });
    expect(unexplained.map(([property]) => property)).toEqual([]);
  });
});

describe('the service', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp();
  });
  afterAll(() => service.close());

  it('describes every route with the access that its guard demands', () => {
    const routes = service.app
      .get(RouteCatalogue, { strict: false })
      .list()
      .map(({ method, path, access }): [string, unknown] => [
        `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`,
        securityOf(access),
      ]);
    const described = operations.map(([name, { security }]): [string, unknown] => [name, security]);
    expect(Object.fromEntries(described)).toEqual(Object.fromEntries(routes));
  });

  it('serves the same document, and Swagger UI', async () => {
    const served = await fetch(`${service.url}/openapi.json`);
    expect(await served.json()).toEqual(document);
    const page = await fetch(`${service.url}/docs`);
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    expect(await page.text()).toContain('swagger-ui');
  });
});
