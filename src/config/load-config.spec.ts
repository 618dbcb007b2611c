import { describe, expect, it } from '@jest/globals';
import { resolve } from 'node:path';
import { ConfigurationError, loadConfig } from './load-config.js';

const secret = 'a-secret-that-has-32-characters-x';
const production = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgresql://media@db/media',
  JWT_SECRET: secret,
  URL_SIGNING_KEY: secret,
};

function problemsOf(env: Record<string, string>): Map<string, string> {
  try {
    loadConfig(env);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return new Map(error.problems.map(({ name, message }) => [name, message]));
  }
  return new Map();
}

describe('loadConfig', () => {
  it('runs on embedded defaults when nothing is set', () => {
    const config = loadConfig({});
    expect(config.app).toMatchObject({
      production: false,
      port: 3000,
      role: 'all',
      servesApi: true,
      runsJobs: true,
    });
    expect(config.app.dataDir).toBe(resolve('data'));
    expect(config.database).toMatchObject({ url: null, redisUrl: null, migrateOnStart: true });
    expect(config.storage).toMatchObject({ driver: 'local', localPath: resolve('data/objects') });
    expect(config.auth.secret).toBeNull();
    expect(config.security.clamav).toBeNull();
    expect(config.processing.video.ladder.map(({ shortSide }) => shortSide)).toEqual([480, 720, 1080]);
  });

  it('takes an empty or blank value for unset', () => {
    expect(loadConfig({ PORT: '', DATABASE_URL: '  ', CLAMAV_HOST: '' })).toEqual(loadConfig({}));
  });

  it('parses numbers, flags, lists and ladders', () => {
    const config = loadConfig({
      PORT: '8080',
      DOCS_ENABLED: 'false',
      CORS_ORIGINS: 'https://a.example, https://b.example,',
      VIDEO_LADDER: '720p:3000k,240p:400k',
      PUBLIC_URL: 'https://media.example/',
    });
    expect(config.app).toMatchObject({ port: 8080, docsEnabled: false, publicUrl: 'https://media.example' });
    expect(config.app.corsOrigins).toEqual(['https://a.example', 'https://b.example']);
    expect(config.processing.video.ladder).toEqual([
      { shortSide: 240, bitrateKbps: 400 },
      { shortSide: 720, bitrateKbps: 3000 },
    ]);
  });

  it.each([
    ['api', { servesApi: true, runsJobs: false }],
    ['worker', { servesApi: false, runsJobs: true }],
  ])('gives the role %s its part', (role, part) => {
    expect(loadConfig({ ROLE: role }).app).toMatchObject(part);
  });

  it('cannot be changed once it is read', () => {
    const config = loadConfig({});
    expect(() => Object.assign(config, { app: {} })).toThrow(TypeError);
    expect(() => Object.assign(config.app, { port: 1 })).toThrow(TypeError);
    expect(() => config.processing.video.ladder.pop()).toThrow(TypeError);
  });

  it('lists the problems of all slices at once', () => {
    const problems = problemsOf({
      PORT: 'http',
      DATABASE_URL: 'mysql://x',
      JWT_SECRET: 'short',
      MAX_UPLOAD_BYTES: '-1',
    });
    expect([...problems.keys()].toSorted()).toEqual([
      'DATABASE_URL',
      'JWT_SECRET',
      'MAX_UPLOAD_BYTES',
      'PORT',
    ]);
  });

  it('shows names and expectations but never values', () => {
    const values = { JWT_SECRET: 'hunter2', DATABASE_URL: 'mysql://root:hunter3@db', S3_ENDPOINT: 'hunter4' };
    expect(() => loadConfig(values)).toThrow(/JWT_SECRET: must have at least 32 characters/);
    expect(() => loadConfig(values)).not.toThrow(/hunter/);
  });

  it.each([
    ['PORT', '70000'],
    ['PORT', '3000.5'],
    ['ROLE', 'both'],
    ['LOG_LEVEL', 'loud'],
    ['PUBLIC_URL', 'media.example'],
    ['MIGRATE_ON_START', 'yes'],
    ['DATABASE_POOL_SIZE', '1'],
    ['REDIS_URL', 'http://redis'],
    ['STORAGE_DRIVER', 'ftp'],
    ['S3_PRESIGNED_SEGMENTS', 'true'],
    ['VIDEO_ENCRYPTION', 'aes-256'],
    ['CLAMAV_PORT', '0'],
    ['URL_SIGNING_KEY', 'short'],
    ['IMPORT_ALLOWED_HOSTS', 'https://cdn.example.com'],
    ['IMPORT_DENIED_HOSTS', 'internal.example, 10.0.0.0/33'],
    ['IMPORT_TIMEOUT_SECONDS', '0'],
    ['VIDEO_LADDER', '720:2800'],
    ['VIDEO_LADDER', '721p:2800k'],
    ['WORKER_CONCURRENCY', '0'],
  ])('refuses %s=%s', (name, value) => {
    expect([...problemsOf({ [name]: value }).keys()]).toEqual([name]);
  });

  it.each([
    ['S3_BUCKET', { STORAGE_DRIVER: 's3' }],
    ['S3_ACCESS_KEY_ID', { S3_SECRET_ACCESS_KEY: 'x' }],
    ['JWT_JWKS_URL', { JWT_SECRET: secret, JWT_JWKS_URL: 'https://id.example/jwks' }],
    ['WEBHOOK_SECRET', { WEBHOOK_URLS: 'https://hooks.example' }],
  ])('names %s when settings do not go together', (name, env) => {
    expect([...problemsOf(env).keys()]).toEqual([name]);
  });
});

describe('loadConfig in production', () => {
  it('accepts a database and keys of its own', () => {
    expect(loadConfig(production).app.production).toBe(true);
  });

  it('accepts a key set in place of the secret', () => {
    const config = loadConfig({ ...production, JWT_SECRET: '', JWT_JWKS_URL: 'https://id.example/jwks' });
    expect(config.auth.jwksUrl).toBe('https://id.example/jwks');
  });

  it('refuses every embedded default, all at once', () => {
    const problems = problemsOf({ NODE_ENV: 'production' });
    expect([...problems.keys()].toSorted()).toEqual(['DATABASE_URL', 'JWT_SECRET', 'URL_SIGNING_KEY']);
  });

  it('wants the add-on for the analysis of pictures, in a process that runs jobs', () => {
    const env = { IMAGE_ANALYSIS: 'faces,nsfw', IMAGE_ANALYSIS_PATH: '/nonexistent' };
    const problem = problemsOf(env).get('IMAGE_ANALYSIS');
    expect(problem).toContain('@vladmandic/human');
    expect(problem).toContain('nsfwjs');
    expect(problem).toContain('npm ci');
    expect(problemsOf({ ...env, ROLE: 'api' })).toEqual(new Map());
    expect(problemsOf({ ...env, IMAGE_ANALYSIS: '' })).toEqual(new Map());
    expect([...problemsOf({ ...env, IMAGE_ANALYSIS: 'faces,ages' }).keys()]).toEqual(['IMAGE_ANALYSIS']);
  });
});
