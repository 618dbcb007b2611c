import 'reflect-metadata';
import { request as httpRequest } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Body, Controller, Get, Header, Inject, Module, Post, Query, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SkipThrottle } from '@nestjs/throttler';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Type } from 'class-transformer';
import { IsInt, IsString, Max } from 'class-validator';
import type { FastifyReply } from 'fastify';
import { Logger, LoggerModule } from 'nestjs-pino';
import { AllowAnonymous, AuthModule, Public, signDevelopmentToken } from '../../src/auth/index.js';
import { Lifecycle, LifecycleModule } from '../../src/common/index.js';
import { AppConfigModule, loadConfig } from '../../src/config/index.js';
import {
  configureHttp,
  createHttpAdapter,
  httpApplicationOptions,
  loggerOptions,
  RateLimitModule,
  shutDown,
  shutDownOnSignals,
  type SignalledProcess,
} from '../../src/http/index.js';

const secret = 'a secret of more than thirty-two characters';
const problemType = 'application/problem+json';

class ThingDto {
  @IsString() name!: string;
}
class ListQuery {
  @Type(() => Number) @IsInt() @Max(100) limit = 20;
}

/** Holds a request until the test lets it go. */
class Gate {
  entered!: () => void;
  open!: () => void;
  readonly waiting = new Promise<void>((resolve) => (this.entered = resolve));
  readonly opened = new Promise<void>((resolve) => (this.open = resolve));
}

@Controller('v1/edge')
@AllowAnonymous()
class EdgeController {
  constructor(@Inject(Gate) private readonly gate: Gate) {}

  @Get()
  list(@Query() query: ListQuery) {
    return { limit: query.limit };
  }
  @Post()
  create(@Body() body: ThingDto) {
    return body;
  }
  @Get('failing')
  fail() {
    throw new Error('password=hunter2 at /srv/secret/path');
  }
  @Get('half')
  half(@Res() reply: FastifyReply) {
    reply.raw.writeHead(200, { 'Content-Length': '100' }).write('half');
    throw new Error('too late');
  }
  @Get('file')
  file(@Res({ passthrough: true }) reply: FastifyReply) {
    void reply.headers({ ETag: '"a"', 'Cache-Control': 'max-age=60', 'Content-Disposition': 'attachment' });
    throw new Error('no such bytes');
  }
  @Get('content')
  @Header('Content-Security-Policy', 'sandbox')
  content() {
    return 'content of a user';
  }
  @Get('slow')
  async slow() {
    this.gate.entered();
    await this.gate.opened;
    return 'done';
  }
  @Get('probe')
  @Public()
  @SkipThrottle()
  probe() {
    return 'ok';
  }
}

const lines: Record<string, unknown>[] = [];
const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };

describe('the HTTP edge', () => {
  let app: NestFastifyApplication;
  let base: string;

  async function start(env: Record<string, string> = {}): Promise<void> {
    const config = loadConfig({ JWT_SECRET: secret, ...env });
    @Module({
      imports: [
        AppConfigModule.register(config),
        LifecycleModule,
        LoggerModule.forRoot(loggerOptions(config.app, destination)),
        AuthModule,
        RateLimitModule,
      ],
      controllers: [EdgeController],
      providers: [Gate],
    })
    class EdgeModule {}
    app = await NestFactory.create<NestFastifyApplication>(EdgeModule, createHttpAdapter(config.app), {
      ...httpApplicationOptions,
      abortOnError: false,
    });
    app.useLogger(app.get(Logger));
    await configureHttp(app, config.app);
    app
      .getHttpAdapter()
      .getInstance()
      .get('/docs', () => 'the documentation');
    await app.listen(0, '127.0.0.1');
    base = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  }
  beforeEach(() => void lines.splice(0));
  afterEach(() => app.close());

  const get = (path: string, headers: Record<string, string> = {}) => fetch(base + path, { headers });
  const post = (body: string, type = 'application/json') =>
    fetch(`${base}/v1/edge`, { method: 'POST', body, headers: { 'Content-Type': type } });

  describe('headers', () => {
    it('lets nothing in an answer run, and Swagger UI its own scripts', async () => {
      await start();
      const { headers } = await get('/v1/edge');
      expect(headers.get('content-security-policy')).toBe("default-src 'none';frame-ancestors 'none'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('strict-transport-security')).toBeNull();
      expect(headers.get('x-powered-by')).toBeNull();
      const docs = (await get('/docs')).headers.get('content-security-policy');
      expect(docs).toContain("default-src 'self'");
      expect(docs).not.toContain('upgrade-insecure-requests');
    });

    it('lets a route say something else of its content', async () => {
      await start();
      expect((await get('/v1/edge/content')).headers.get('content-security-policy')).toBe('sandbox');
    });

    it('insists on TLS where the service is reached by TLS', async () => {
      await start({ PUBLIC_URL: 'https://media.example' });
      expect((await get('/v1/edge')).headers.get('strict-transport-security')).toBe('max-age=31536000');
    });

    it('echoes a sane request id, makes one otherwise, and names it in problems', async () => {
      await start();
      expect((await get('/v1/edge', { 'X-Request-Id': 'abc-1' })).headers.get('x-request-id')).toBe('abc-1');
      const made = await get('/nowhere', { 'X-Request-Id': 'a b' });
      expect(made.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
      expect(await made.json()).toMatchObject({ requestId: made.headers.get('x-request-id') });
    });

    it('has no CORS when no origin is configured', async () => {
      await start();
      const { headers } = await get('/v1/edge', { Origin: 'https://app.example' });
      expect(headers.get('access-control-allow-origin')).toBeNull();
    });

    it('has CORS for the configured origins, also on problems', async () => {
      await start({ CORS_ORIGINS: 'https://app.example,https://b.example' });
      for (const path of ['/v1/edge', '/nowhere']) {
        const { headers } = await get(path, { Origin: 'https://app.example' });
        expect(headers.get('access-control-allow-origin')).toBe('https://app.example');
        expect(headers.get('access-control-expose-headers')).toContain('Content-Range');
        expect(headers.get('access-control-allow-credentials')).toBeNull();
      }
      const other = await get('/v1/edge', { Origin: 'https://evil.example' });
      expect(other.headers.get('access-control-allow-origin')).toBeNull();
    });

    it('answers a preflight without a token, and leaves any other OPTIONS to the route', async () => {
      await start({ CORS_ORIGINS: '*' });
      const options = (headers: Record<string, string>) =>
        fetch(`${base}/v1/edge`, { method: 'OPTIONS', headers });
      const preflight = await options({
        Origin: 'https://app.example',
        'Access-Control-Request-Method': 'PATCH',
        'Access-Control-Request-Headers': 'authorization,tus-resumable',
      });
      expect(preflight.status).toBe(204);
      expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
      expect(preflight.headers.get('access-control-allow-methods')).toContain('PATCH');
      expect(preflight.headers.get('access-control-allow-headers')).toBe('authorization,tus-resumable');
      expect((await options({ Origin: 'https://app.example' })).status).toBe(404);
    });
  });

  describe('problems', () => {
    const problem = async (response: Response) => {
      expect(response.headers.get('content-type')).toBe(problemType);
      expect(response.headers.get('cache-control')).toBe('no-store');
      return { http: response.status, ...((await response.json()) as object) };
    };

    it('knows no such route, and does not repeat the query', async () => {
      await start();
      expect(await problem(await get('/v1/nothing?token=abc'))).toMatchObject({
        http: 404,
        status: 404,
        code: 'ROUTE_NOT_FOUND',
        type: 'urn:media-service:problem:ROUTE_NOT_FOUND',
        instance: '/v1/nothing',
      });
    });

    it.each([
      ['malformed JSON', '{"name":', 'application/json', 400, 'BODY_MALFORMED'],
      ['an empty JSON body', '', 'application/json', 400, 'BODY_MALFORMED'],
      [
        'a body over 1 MiB',
        JSON.stringify({ name: 'x'.repeat(1024 ** 2) }),
        'application/json',
        413,
        'BODY_TOO_LARGE',
      ],
      ['a form', 'name=a', 'application/x-www-form-urlencoded', 415, 'BODY_TYPE_UNSUPPORTED'],
      ['plain text', 'a', 'text/plain', 415, 'BODY_TYPE_UNSUPPORTED'],
      ['a poisoned prototype', '{"__proto__":{"name":"a"}}', 'application/json', 400, 'BODY_MALFORMED'],
    ])('refuses %s', async (_, body, type, status, code) => {
      await start();
      expect(await problem(await post(body, type))).toMatchObject({ http: status, status, code });
    });

    it('names the wrong fields of a body and of a query', async () => {
      await start();
      const body = await problem(await post('{"name":1,"role":"admin"}'));
      expect(body).toMatchObject({ http: 400, code: 'VALIDATION_FAILED' });
      expect(body).toHaveProperty('errors', [
        { field: 'role', message: 'property role should not exist' },
        { field: 'name', message: 'name must be a string' },
      ]);
      expect(await problem(await get('/v1/edge?limit=101'))).toMatchObject({ errors: [{ field: 'limit' }] });
    });

    it('hides what went wrong inside, and logs it', async () => {
      await start();
      const response = await get('/v1/edge/failing', { 'X-Request-Id': 'abc-2' });
      const text = await response.text();
      expect(response.status).toBe(500);
      expect(text).not.toMatch(/hunter2|secret|Error:/);
      expect(JSON.parse(text)).toMatchObject({ code: 'INTERNAL_ERROR', requestId: 'abc-2' });
      const logged = lines.find(({ msg }) => msg === 'request failed');
      expect(logged).toMatchObject({
        requestId: 'abc-2',
        err: { message: expect.stringContaining('hunter2') },
      });
    });

    it('does not describe the answer that was not given', async () => {
      await start();
      const { headers } = await get('/v1/edge/file');
      expect(headers.get('etag')).toBeNull();
      expect(headers.get('content-disposition')).toBeNull();
      expect(headers.get('cache-control')).toBe('no-store');
    });

    it('answers HEAD with the status and no body', async () => {
      await start();
      const response = await fetch(`${base}/v1/edge/failing`, { method: 'HEAD' });
      expect(response.status).toBe(500);
      expect(Number(response.headers.get('content-length'))).toBeGreaterThan(100);
      expect((await get('/v1/edge')).status).toBe(200);
    });

    it('breaks the connection when a part of another answer is out', async () => {
      await start();
      await expect(get('/v1/edge/half').then((response) => response.text())).rejects.toThrow();
    });

    it.each([
      ['a URL that does not decode', '/v1/%zz', 400, 'BAD_REQUEST'],
      ['a path parameter without end', `/v1/edge/${'x'.repeat(5000)}`, 404, 'ROUTE_NOT_FOUND'],
      ['headers without end', `/v1/edge?${'x'.repeat(20_000)}`, 431, 'HEADERS_TOO_LARGE'],
    ])('refuses %s', async (_, path, status, code) => {
      await start();
      expect(await (await get(path)).json()).toMatchObject({ status, code });
    });

    it('answers what is not HTTP with a problem, and hangs up', async () => {
      await start();
      const socket = connect(Number(new URL(base).port), '127.0.0.1');
      socket.write('HELLO\r\n\r\n');
      const answer = (await socket.toArray()).join('');
      expect(answer).toMatch(/^HTTP\/1.1 400 Bad Request\r\nContent-Type: application\/problem\+json/);
      expect(answer).toContain('"code":"BAD_REQUEST"');
    });
  });

  describe('rate limits', () => {
    const bearer = async (sub: string) => ({
      Authorization: `Bearer ${await signDevelopmentToken(secret, { sub, scopes: [], expiresInSeconds: 60 })}`,
    });

    it('counts the requests of an address over all routes, and says when to come back', async () => {
      await start({ RATE_LIMIT_PER_MINUTE: '2' });
      const first = await get('/v1/edge');
      expect(first.headers.get('ratelimit-limit')).toBe('2');
      expect(first.headers.get('ratelimit-remaining')).toBe('1');
      expect(Number(first.headers.get('ratelimit-reset'))).toBeGreaterThan(0);
      await get('/v1/edge/failing');
      const third = await get('/v1/edge');
      expect(third.status).toBe(429);
      expect(await third.json()).toMatchObject({ code: 'RATE_LIMITED', status: 429 });
      expect(third.headers.get('content-type')).toBe(problemType);
      expect(third.headers.get('ratelimit-remaining')).toBe('0');
      expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await get('/v1/edge/probe')).status).toBe(200);
    });

    it('counts each principal alone, wherever it calls from', async () => {
      await start({ RATE_LIMIT_PER_MINUTE: '1' });
      const status = async (headers: Record<string, string>) => (await get('/v1/edge', headers)).status;
      expect(await status(await bearer('alice'))).toBe(200);
      expect(await status(await bearer('alice'))).toBe(429);
      expect(await status(await bearer('bob'))).toBe(200);
      expect(await status({})).toBe(200);
    });

    it('believes X-Forwarded-For from trusted proxies only', async () => {
      const statuses = async () => [
        (await get('/v1/edge', { 'X-Forwarded-For': '198.51.100.1' })).status,
        (await get('/v1/edge', { 'X-Forwarded-For': '198.51.100.2' })).status,
      ];
      await start({ RATE_LIMIT_PER_MINUTE: '1' });
      expect(await statuses()).toEqual([200, 429]);
      await app.close();
      await start({ RATE_LIMIT_PER_MINUTE: '1', TRUSTED_PROXIES: '127.0.0.0/8' });
      expect(await statuses()).toEqual([200, 200]);
    });

    it('is off at 0', async () => {
      await start({ RATE_LIMIT_PER_MINUTE: '0' });
      const response = await get('/v1/edge');
      expect(response.status).toBe(200);
      expect(response.headers.get('ratelimit-limit')).toBeNull();
    });

    it('goes on counting in process when Redis does not answer', async () => {
      await start({ RATE_LIMIT_PER_MINUTE: '1', REDIS_URL: 'redis://127.0.0.1:1' });
      expect((await get('/v1/edge')).status).toBe(200);
      expect((await get('/v1/edge')).status).toBe(429);
      expect(lines.filter(({ msg }) => String(msg).startsWith('Redis does not answer'))).toHaveLength(1);
    });
  });

  describe('log', () => {
    it('has one line per request, with its id and without its secrets', async () => {
      await start();
      const jwt = await signDevelopmentToken(secret, {
        sub: 'alice',
        scopes: ['media:read'],
        expiresInSeconds: 60,
      });
      await get('/v1/signed/sesame/media/1?width=5&token=sesame', {
        Authorization: `Bearer ${jwt}`,
        Cookie: 'session=sesame',
        'X-Request-Id': 'abc-3',
      });
      await post('{"name":"sesame"}');
      await sleep(20);
      const requests = lines.filter(({ res }) => res !== undefined);
      expect(requests).toHaveLength(2);
      expect(requests[0]).toMatchObject({
        requestId: 'abc-3',
        req: {
          method: 'GET',
          url: '/v1/media/1?width=5&token=redacted',
          remoteAddress: '127.0.0.1',
        },
        res: { statusCode: 404 },
        responseTime: expect.any(Number),
      });
      const log = JSON.stringify(lines);
      expect(log).not.toContain('sesame');
      expect(log).not.toContain(jwt);
      expect(log).not.toContain(jwt.split('.')[2]);
    });

    it('does not write what code logs under the name of a secret', async () => {
      await start();
      app.get(Logger).log({
        token: 'sesame',
        user: { password: 'sesame' },
        req: { headers: { cookie: 'sesame' } },
        msg: 'x',
      });
      expect(lines.at(-1)).toMatchObject({ msg: 'x', token: '[redacted]' });
      expect(JSON.stringify(lines.at(-1))).not.toContain('sesame');
    });
  });

  describe('shutdown', () => {
    const options = { delayMs: 0, timeoutMs: 5000 };
    const refusal = () =>
      get('/v1/edge').then(
        () => 'answered',
        () => 'refused',
      );

    it('finishes the request that runs, and accepts no other', async () => {
      await start();
      const running = get('/v1/edge/slow');
      await app.get(Gate).waiting;
      const exit = shutDown(app, options);
      await sleep(100);
      expect(await refusal()).toBe('refused');
      app.get(Gate).open();
      expect(await (await running).text()).toBe('done');
      expect(await exit).toBe(0);
    });

    it('is unready but answers until load balancers have noticed', async () => {
      await start();
      const exit = shutDown(app, { ...options, delayMs: 200 });
      expect(app.get(Lifecycle).draining).toBe(true);
      expect((await get('/v1/edge')).status).toBe(200);
      expect(await exit).toBe(0);
      expect(app.get(Lifecycle).signal.aborted).toBe(true);
    });

    it('refuses a request that arrives on a connection which is still open', async () => {
      await start();
      const stalled = new Readable({ read: () => undefined });
      const upload = httpRequest(`${base}/v1/edge`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
      });
      const answered = new Promise<number | undefined>((resolve, reject) => {
        upload.on('response', (response) => resolve(response.resume().statusCode)).on('error', reject);
      });
      app.get(Lifecycle).close();
      stalled.pipe(upload);
      stalled.push('{"name":');
      expect(await answered).toBe(503);
      upload.destroy();
      const response = await get('/v1/edge');
      expect(response.headers.get('connection')).toBe('close');
      expect(await response.json()).toMatchObject({ code: 'SHUTTING_DOWN' });
    });

    it('cuts off what does not end in time, and says so by its exit code', async () => {
      await start();
      const running = get('/v1/edge/slow').then(
        () => 'answered',
        () => 'cut off',
      );
      await app.get(Gate).waiting;
      expect(await shutDown(app, { delayMs: 0, timeoutMs: 250 })).toBe(1);
      expect(await running).toBe('cut off');
      app.get(Gate).open();
    });

    it('starts at a signal and exits; a second signal exits at once, one that is only passed on does not', async () => {
      await start();
      const listeners: (() => void)[] = [];
      const codes: number[] = [];
      const target: SignalledProcess = {
        on: (_signal, listener) => listeners.push(listener),
        exit: (code) => void codes.push(code),
      };
      const signal = () => listeners[0]?.();
      shutDownOnSignals(app, { delayMs: 1300, timeoutMs: 1000 }, target);
      signal();
      signal();
      expect(codes).toEqual([]);
      await sleep(1100);
      signal();
      expect(codes).toEqual([1]);
      await sleep(500);
      expect(codes).toEqual([1, 0]);
    });
  });
});
