import 'reflect-metadata';
import { Controller, Get, type INestApplication, Module, Post, type Type } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ProblemFilter } from '../common/index.js';
import { AppConfigModule, loadConfig } from '../config/index.js';
import {
  AllowAnonymous,
  AuthModule,
  CurrentPrincipal,
  OptionalPrincipal,
  type Principal,
  Public,
  RequireScopes,
  RouteCatalogue,
  type Scope,
  signDevelopmentToken,
} from './index.js';

const secret = 'a secret of more than thirty-two characters';
const name = (principal: Principal | null) => ({ user: principal?.userId ?? null });

@Controller('v1/things')
@RequireScopes('media:read')
class ThingsController {
  @Get()
  read(@CurrentPrincipal() principal: Principal) {
    return name(principal);
  }

  @Post(':id/parts/')
  @RequireScopes('media:read', 'media:write')
  write(@CurrentPrincipal() principal: Principal) {
    return name(principal);
  }

  @Get('shared')
  @AllowAnonymous('media:read')
  shared(@OptionalPrincipal() principal: Principal | null) {
    return name(principal);
  }

  @Get('open')
  @Public()
  open(@OptionalPrincipal() principal: Principal | null) {
    return name(principal);
  }
}

@Controller('forgotten')
class ForgottenController {
  @Get('here')
  read() {
    return 'secrets';
  }
}

describe('AuthModule', () => {
  let app: NestFastifyApplication;

  async function start(controller: Type = ThingsController): Promise<void> {
    @Module({
      imports: [AppConfigModule.register(loadConfig({ JWT_SECRET: secret })), AuthModule],
      controllers: [controller],
    })
    class TestModule {}
    const module = await Test.createTestingModule({ imports: [TestModule] }).compile();
    app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), { logger: false });
    app.useGlobalFilters(new ProblemFilter());
    await app.init();
  }
  afterEach(async () => (app as INestApplication | undefined)?.close());

  const bearer = async (...scopes: Scope[]) => ({
    authorization: `Bearer ${await signDevelopmentToken(secret, { sub: 'alice', scopes, expiresInSeconds: 60 })}`,
  });
  const get = (url: string, headers: Record<string, string> = {}) =>
    app.inject({ method: 'GET', url, headers });

  it('asks for a token, and says how', async () => {
    await start();
    const response = await get('/v1/things');
    expect(response.statusCode).toBe(401);
    expect(response.headers['www-authenticate']).toBe('Bearer');
    expect(response.headers['content-type']).toBe('application/problem+json');
    expect(response.json()).toMatchObject({ status: 401, code: 'UNAUTHENTICATED', instance: '/v1/things' });
  });

  it('takes the token from the Authorization header and from nowhere else', async () => {
    await start();
    const { authorization } = await bearer('media:read');
    const jwt = authorization.slice('Bearer '.length);
    expect((await get('/v1/things', { authorization: `bearer ${jwt}` })).json()).toEqual({ user: 'alice' });
    expect((await get(`/v1/things?access_token=${jwt}&token=${jwt}`)).statusCode).toBe(401);
    expect((await get('/v1/things', { cookie: `token=${jwt}` })).statusCode).toBe(401);
    expect((await get('/v1/things', { authorization: `Basic ${jwt}` })).statusCode).toBe(401);
  });

  it('refuses a token without the scope, and names the scope', async () => {
    await start();
    const response = await app.inject({
      method: 'POST',
      url: '/v1/things/1/parts',
      headers: await bearer('media:write'),
    });
    expect(response.statusCode).toBe(403);
    expect(response.json()).toMatchObject({ code: 'INSUFFICIENT_SCOPE' });
    expect(response.headers['www-authenticate']).toBe(
      'Bearer error="insufficient_scope", scope="media:read media:write"',
    );
  });

  it('lets the scope admin do everything', async () => {
    await start();
    const response = await app.inject({
      method: 'POST',
      url: '/v1/things/1/parts',
      headers: await bearer('admin'),
    });
    expect(response.statusCode).toBe(201);
  });

  it.each(['Bearer', 'Bearer x', 'Bearer x.y.z', 'bearer  '])(
    'does not take a bad token for none where none is needed: %j',
    async (authorization) => {
      await start();
      const response = await get('/v1/things/shared', { authorization });
      expect(response.statusCode).toBe(401);
      expect(response.json()).toMatchObject({ code: 'TOKEN_INVALID' });
      expect(response.headers['www-authenticate']).toBe('Bearer error="invalid_token"');
    },
  );

  it('knows the caller of an optionally anonymous route when it has a token with the scope', async () => {
    await start();
    expect((await get('/v1/things/shared')).json()).toEqual({ user: null });
    expect((await get('/v1/things/shared', await bearer('media:read'))).json()).toEqual({ user: 'alice' });
    expect((await get('/v1/things/shared', await bearer('media:write'))).statusCode).toBe(403);
  });

  it('does not look at tokens on a public route', async () => {
    await start();
    expect((await get('/v1/things/open', { authorization: 'Bearer x' })).json()).toEqual({ user: null });
  });

  it('lists every route with its rule', async () => {
    await start();
    const scopes = (...names: Scope[]) => ({ kind: 'scopes', scopes: names });
    expect(app.get(RouteCatalogue).list()).toEqual([
      { method: 'GET', path: '/v1/things', handler: 'ThingsController.read', access: scopes('media:read') },
      {
        method: 'POST',
        path: '/v1/things/:id/parts',
        handler: 'ThingsController.write',
        access: scopes('media:read', 'media:write'),
      },
      {
        method: 'GET',
        path: '/v1/things/shared',
        handler: 'ThingsController.shared',
        access: { kind: 'anonymous', scopes: ['media:read'] },
      },
      {
        method: 'GET',
        path: '/v1/things/open',
        handler: 'ThingsController.open',
        access: { kind: 'public' },
      },
    ]);
  });

  it('does not start with a route that says nothing', async () => {
    await expect(start(ForgottenController)).rejects.toThrow(
      'GET /forgotten/here (ForgottenController.read)',
    );
  });
});
