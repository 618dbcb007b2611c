import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { parse } from 'yaml';
import { knownVariables } from '../../src/config/load-config.js';

interface Service {
  image?: string;
  command?: string[];
  restart?: string;
  ports?: string[];
  networks?: string[];
  environment?: Record<string, string>;
  volumes?: string[];
  healthcheck?: { test?: string[]; disable?: boolean };
  depends_on?: Record<string, { condition: string }>;
}

interface Compose {
  services: Record<string, Service>;
  networks: Record<string, { internal?: boolean }>;
  volumes: Record<string, unknown>;
}

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const composeText = read('docker-compose.yml');
const compose = parse(composeText, { merge: true }) as Compose;
const services = Object.entries(compose.services);
const own = ['api', 'worker', 'migrate'];
const oneShot = new Set(['migrate', 'bucket']);
const dockerfile = read('Dockerfile');

function service(name: string): Service {
  const found = compose.services[name];
  if (!found) throw new Error(`docker-compose.yml has no service ${name}`);
  return found;
}

describe('docker-compose.yml', () => {
  it.each(own)('sets only variables that %s knows', (name) => {
    const unknown = Object.keys(service(name).environment ?? {}).filter((key) => !knownVariables().has(key));
    expect(unknown).toEqual([]);
  });

  it('takes only variables from the environment that .env.example explains', () => {
    const taken = new Set([...composeText.matchAll(/\$\{([A-Z0-9_]+)/g)].map(([, name = '']) => name));
    const explained = Object.keys(parseEnv(read('.env.example')));
    expect([...taken].filter((name) => !explained.includes(name))).toEqual([]);
  });

  it.each(['POSTGRES_PASSWORD', 'JWT_SECRET', 'URL_SIGNING_KEY', 'S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'])(
    'has no default for the secret %s',
    (name) => {
      const uses = [...composeText.matchAll(new RegExp(`\\$\\{${name}([^}]*)\\}`, 'g'))].map(
        ([, rest = '']) => rest,
      );
      expect(uses.length).toBeGreaterThan(0);
      expect(uses.filter((rest) => !rest.startsWith(':?'))).toEqual([]);
    },
  );

  it('publishes only the API', () => {
    expect(services.filter(([, { ports }]) => ports !== undefined).map(([name]) => name)).toEqual(['api']);
  });

  it.each(['postgres', 'redis', 's3'])('keeps %s on a network without a way out', (name) => {
    expect(service(name).networks).toEqual(['internal']);
    expect(compose.networks['internal']?.internal).toBe(true);
  });

  it('runs the three roles of one image and migrates once, before them', () => {
    expect(own.map((name) => service(name).image)).toEqual(Array(3).fill('media-service'));
    expect(service('api').environment?.['ROLE']).toBe('api');
    expect(service('worker').environment?.['ROLE']).toBe('worker');
    for (const name of ['api', 'worker']) {
      expect(service(name).environment?.['MIGRATE_ON_START']).toBe('false');
      expect(service(name).depends_on?.['migrate']).toEqual({ condition: 'service_completed_successfully' });
    }
  });

  it('waits only for what can become healthy or complete', () => {
    for (const [name, { depends_on: needs = {} }] of services) {
      for (const [needed, { condition }] of Object.entries(needs)) {
        const once = oneShot.has(needed);
        expect([name, needed, condition]).toEqual([
          name,
          needed,
          once ? 'service_completed_successfully' : 'service_healthy',
        ]);
        if (once) expect(service(needed).restart).toBe('no');
        else expect(service(needed).healthcheck?.test ?? 'of the image').toBeTruthy();
      }
    }
  });

  it('pins every foreign image and declares every volume', () => {
    for (const [name, { image = '', volumes = [] }] of services) {
      if (!own.includes(name)) expect(image).toMatch(/:v?\d/);
      for (const volume of volumes) expect(compose.volumes).toHaveProperty([volume.split(':')[0] ?? '']);
    }
  });

  it('keeps the queue through a restart and evicts nothing of it', () => {
    expect(service('redis').command).toEqual(expect.arrayContaining(['--appendonly', 'yes', 'noeviction']));
  });
});

describe('Dockerfile', () => {
  const stage = dockerfile.slice(dockerfile.indexOf('AS production'));

  it('builds on the Node version that development uses', () => {
    const { devDependencies } = JSON.parse(read('package.json')) as {
      devDependencies: Record<string, string>;
    };
    const version = /node:(\d+\.\d+)-/.exec(dockerfile)?.[1];
    expect(devDependencies['node']?.replace(/^\D/, '').startsWith(`${version}.`)).toBe(true);
  });

  it('ships production dependencies, the build, the migrations, add-ons and the pictures of the gallery, and nothing else of the repository', () => {
    expect(dockerfile).toContain('npm ci --omit=dev');
    const copied = [...stage.matchAll(/^COPY (?:--from=(\w+) )?(.+) \S+$/gm)].map(([, from, what]) => [
      from,
      what,
    ]);
    expect(copied).toEqual([
      ['dependencies', '/app/node_modules'],
      ['build', '/app/dist'],
      ['addons', '/app/addons'],
      [undefined, 'package.json LICENSE'],
      [undefined, 'migrations'],
      [undefined, 'assets'],
    ]);
  });

  it('has the models of the analysis only when it is built with them', () => {
    const [, addons = ''] = /^FROM base AS addons$([\s\S]+?)^FROM /m.exec(dockerfile) ?? [];
    expect(addons).toMatch(/^ARG WITH_IMAGE_ANALYSIS=false$/m);
    expect(addons).toMatch(
      /^RUN if \[ "\$WITH_IMAGE_ANALYSIS" = true \]; then npm ci --prefix addons\/image-analysis/m,
    );
    expect(read('.dockerignore').split('\n')).toContain('addons/*/node_modules');
  });

  it.each([
    ['runs without root', /^USER [1-9]\d*/m],
    ['reaps and forwards signals by tini', /^ENTRYPOINT \["tini", "--"\]/m],
    ['starts node itself, so that it gets the signals', /^CMD \["node", .*"dist\/main\.js"\]/m],
    ['asks the live probe for its health', /HEALTHCHECK[\s\S]+\/health\/live/],
    ['allocates by jemalloc', /LD_PRELOAD=\S+libjemalloc/],
    ['takes ffmpeg from the system', /FFMPEG_PATH=\/usr\/bin\/ffmpeg[\s\S]+FFPROBE_PATH=\/usr\/bin\/ffprobe/],
    ['runs in production mode', /NODE_ENV=production/],
    ['keeps its data in a volume', /DATA_DIR=\/data[\s\S]+^VOLUME \/data/m],
  ])('%s', (_, pattern) => {
    expect(stage).toMatch(pattern);
  });

  it('leaves secrets, data and tests out of the build context', () => {
    const lines = read('.dockerignore').split('\n');
    expect(lines).toContain('*');
    expect(lines).toContain('**/*.spec.ts');
    expect(lines.filter((line) => /^!.*(env|data|test|node_modules|\.git)/.test(line))).toEqual([]);
  });
});
