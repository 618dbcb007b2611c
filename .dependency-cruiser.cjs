/**
 * The direction of dependence between the modules of src/, lowest first. A module may import from the
 * levels below its own, and from the peers named here; the peers are chosen so that no cycle can form.
 */
const levels = [
  ['common'],
  ['config'],
  ['database', 'events', 'metrics', 'cache'],
  ['storage', 'security', 'auth'],
  ['idempotency'],
  ['quota'],
  ['media'],
  ['processing'],
  ['presets'],
  ['uploads', 'delivery', 'gallery', 'player'],
  ['admin', 'health'],
];
const peers = {
  events: ['database', 'metrics'],
  cache: ['metrics'],
};
const modules = levels.flat();

const directions = levels.flatMap((level, rank) =>
  level.map((name) => {
    const below = levels.slice(0, rank).flat();
    const allowed = [name, ...below, ...(peers[name] ?? [])];
    return {
      name: `direction-of-${name}`,
      comment: `${name} may import only from: ${allowed.slice(1).join(', ') || 'no other module'}`,
      severity: 'error',
      from: { path: `^src/${name}/` },
      to: { path: '^src/', pathNot: `^src/(${allowed.join('|')})/` },
    };
  }),
);

/** A package, the only places that may import it, and the specs, which may always. */
const fence = (name, packages, places) => ({
  name: `fence-of-${name}`,
  comment: `${packages} may be imported only from ${places}`,
  severity: 'error',
  from: { path: '^src/', pathNot: `^(${places})|[.]spec[.]ts$` },
  to: { path: `(^|/)node_modules/(${packages})(/|$)` },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...directions,
    {
      name: 'module-by-its-index',
      comment: 'What index.ts does not export is private to the module.',
      severity: 'error',
      from: { path: '^src/([^/]+)/' },
      to: { path: `^src/(${modules.join('|')})/`, pathNot: ['^src/$1/', '^src/[^/]+/index[.]ts$'] },
    },
    {
      name: 'module-by-its-index-at-the-root',
      severity: 'error',
      from: { path: '^src/[^/]+[.]ts$' },
      to: { path: `^src/(${modules.join('|')})/`, pathNot: '^src/[^/]+/index[.]ts$' },
    },
    {
      name: 'known-module',
      comment: 'A new module gets its place in the levels above; http, cli and openapi put them together.',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/((${modules.join('|')}|http|cli|openapi)/|[^/]+[.]ts$)` },
      to: {},
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'declared-packages',
      comment: 'What runs in production is a dependency, declared by this package itself.',
      severity: 'error',
      from: { path: '^src/', pathNot: '[.]spec[.]ts$' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'production-without-tests',
      severity: 'error',
      from: { path: '^src/', pathNot: '[.]spec[.]ts$' },
      to: { path: '^test/|^scripts/|[.]spec[.]ts$' },
    },
    fence('object-stores', '@aws-sdk|@smithy', 'src/storage/'),
    fence('tus', '@tus', 'src/uploads/'),
    fence('media-tools', 'sharp|fluent-ffmpeg|@ffmpeg-installer|@ffprobe-installer', 'src/processing/'),
    fence('queues', 'bullmq|@nestjs/bullmq', 'src/processing/'),
    fence('passport', 'passport[^/]*|@nestjs/passport', 'src/auth/'),
    fence('environment', '@nestjs/config', 'src/config/'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|data|samples|coverage|src/player/page)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
