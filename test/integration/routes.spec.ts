import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Route, RouteCatalogue, type Scope, scopes } from '../../src/auth/index.js';
import { createDocument } from '../../src/openapi.js';
import { Api, problemOf } from '../support/api.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const id = '01990000-0000-7000-8000-000000000000';

/** Routes that need no token, and why. Anything else that is public is a mistake. */
const openRoutes = [
  // The gallery of the image engine: listed examples of our own.
  'GET /docs/images',
  'GET /docs/images/:example',
  'GET /docs/images/gallery.js',
  'GET /health',
  'GET /health/live',
  'GET /health/ready',
  'GET /metrics',
  // The page is the same for all; what it may play it asks for by itself.
  'GET /watch/:id',
  'GET /watch/assets/:file',
  // What the protocol is like; clients ask before they have a token.
  'OPTIONS /v1/tus',
  'OPTIONS /v1/tus/:id',
];

/** Routes that anyone may call, and that look for themselves whether the media is public or the URL signed. */
const anonymousRoutes = [
  'GET /v1/media/:id',
  'GET /v1/media/:id/captions',
  'GET /v1/media/:id/captions/:language',
  'GET /v1/media/:id/convert',
  'GET /v1/media/:id/dash/manifest.mpd',
  'GET /v1/media/:id/download',
  'GET /v1/media/:id/events',
  'GET /v1/media/:id/hls/:rendition/:file',
  'GET /v1/media/:id/hls/captions/:language/:file',
  'GET /v1/media/:id/hls/master.m3u8',
  'GET /v1/media/:id/image',
  'GET /v1/media/:id/metadata',
  'GET /v1/media/:id/playback',
  'GET /v1/media/:id/resize',
  'GET /v1/media/:id/storyboard/:file',
  'GET /v1/media/:id/stream',
  'GET /v1/media/:id/thumbnail',
  'GET /v1/media/:id/variants',
  'GET /v1/media/:id/variants/:name',
  'GET /v1/media/:id/waveform',
  'GET /v1/media/:id/waveform.png',
];

const nameOf = ({ method, path }: Route) => `${method} ${path}`;
const scopesOf = ({ access }: Route): readonly Scope[] =>
  access === null || access.kind === 'public' ? [] : access.scopes;
const kindOf = ({ access }: Route) => access?.kind ?? 'unguarded';

/** The problem that a route is answered with; an answer to HEAD has no body to tell it by, only its status. */
async function problemTo({ method }: Route, response: Response, expected: string): Promise<string> {
  if (method !== 'HEAD') return problemOf(response);
  return expected.startsWith(`${response.status} `) ? expected : String(response.status);
}

describe('every route', () => {
  let service: TestApp;
  let routes: Route[];

  beforeAll(async () => {
    service = await startTestApp();
    routes = service.app.get(RouteCatalogue).list();
  });
  afterAll(() => service.close());

  const named = (kind: string) => routes.filter((route) => kindOf(route) === kind).map(nameOf);
  const guarded = () => routes.filter((route) => scopesOf(route).length > 0);

  /** Calls a route as it is, with ids that name nothing and a body that says nothing. */
  function call(api: Api, { method, path }: Route): Promise<Response> {
    const url = path.replace(':id', id).replaceAll(/:\w+/g, 'x');
    const body = ['GET', 'HEAD', 'DELETE'].includes(method)
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: '{}' };
    return api.request(url, { method, ...body });
  }

  it('says who may call it', () => {
    expect(routes.length).toBeGreaterThan(25);
    expect(named('unguarded')).toEqual([]);
    expect(named('public').toSorted()).toEqual(openRoutes);
    expect(named('anonymous').toSorted()).toEqual(anonymousRoutes);
  });

  it('that changes anything needs a scope that allows it', () => {
    const changing = guarded().filter(({ method }) => method !== 'GET');
    // Signing reads: it hands on what the caller may read already.
    const weak = changing
      .filter((route) => scopesOf(route).every((scope) => scope === 'media:read'))
      .map(nameOf);
    expect(weak).toEqual(['POST /v1/media/:id/signed-urls']);
    const admin = routes.filter((route) => scopesOf(route).includes('admin')).map(nameOf);
    expect(admin.toSorted()).toEqual([
      'DELETE /v1/presets/:name',
      'GET /v1/admin/reconcile/:id',
      'GET /v1/admin/status',
      'POST /v1/admin/quotas/recalculate',
      'POST /v1/admin/reconcile',
      'POST /v1/presets',
      'PUT /v1/presets/:name',
      'PUT /v1/quotas/orgs/:id',
      'PUT /v1/quotas/users/:id',
    ]);
  });

  it('with a scope refuses those who bring no token', async () => {
    const required = routes.filter((route) => kindOf(route) === 'scopes');
    expect(required.length).toBeGreaterThan(10);
    for (const route of required) {
      const response = await call(Api.anonymous(service), route);
      expect([nameOf(route), response.headers.get('www-authenticate')]).toEqual([nameOf(route), 'Bearer']);
      const problem = await problemTo(route, response, '401 UNAUTHENTICATED');
      expect([nameOf(route), problem]).toEqual([nameOf(route), '401 UNAUTHENTICATED']);
    }
  });

  it('refuses a token that is none, also where none is needed', async () => {
    for (const route of guarded()) {
      const path = route.path.replace(':id', id).replaceAll(/:\w+/g, 'x');
      const response = await fetch(service.url + path, {
        method: route.method,
        headers: { authorization: 'Bearer x.y.z' },
      });
      const problem = await problemTo(route, response, '401 TOKEN_INVALID');
      expect([nameOf(route), problem]).toEqual([nameOf(route), '401 TOKEN_INVALID']);
    }
  });

  it('refuses a token without its scopes, and lets one with them through', async () => {
    for (const route of guarded()) {
      const needed = scopesOf(route);
      const others = scopes.filter((scope) => !needed.includes(scope) && scope !== 'admin');
      const refused = await call(await Api.as(service, { scopes: others }), route);
      const problem = await problemTo(route, refused, '403 INSUFFICIENT_SCOPE');
      expect([nameOf(route), problem]).toEqual([nameOf(route), '403 INSUFFICIENT_SCOPE']);
      const response = await call(await Api.as(service, { scopes: [...needed] }), route);
      expect([401, 403]).not.toContain(response.status);
    }
  });

  it('is in the OpenAPI document, and the document has no others', () => {
    const { paths } = createDocument(service.app);
    const documented = Object.entries(paths).flatMap(([path, item]) =>
      Object.keys(item)
        .filter((method) => ['get', 'head', 'options', 'put', 'post', 'patch', 'delete'].includes(method))
        .map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
    );
    expect(documented.toSorted()).toEqual(routes.map(nameOf).toSorted());
  });

  it('is documented with the security that it has', () => {
    const { paths } = createDocument(service.app);
    for (const route of routes) {
      const item = paths[route.path.replaceAll(/:(\w+)/g, '{$1}')];
      const operation = item?.[route.method.toLowerCase() as 'get'];
      const expected = {
        public: [],
        anonymous: [{ bearer: [...scopesOf(route)] }, {}],
        scopes: [{ bearer: [...scopesOf(route)] }],
        unguarded: null,
      }[kindOf(route)];
      expect([nameOf(route), operation?.security]).toEqual([nameOf(route), expected]);
    }
  });

  it('that there is not is a problem too', async () => {
    for (const path of ['/', '/v1', '/v2/media', '/v1/media/x/y/z', '/.env', '/v1/signed/x'])
      expect([path, await problemOf(await fetch(service.url + path))]).toEqual([path, '404 ROUTE_NOT_FOUND']);
  });
});
