// The layers of the source tree, as rules (see README, "How the code is laid out"):
// cli -> app -> {ingress, delivery, admin} -> {access, links, senders, signing, forward, log, config, metrics} -> core
const folders = ['access', 'links', 'senders', 'signing', 'forward', 'log', 'config', 'metrics'];
const stages = ['ingress', 'delivery', 'admin'];

const layer = (name, from, forbidden) => ({
  name,
  severity: 'error',
  from: { path: from },
  to: { path: forbidden },
});

const home = (pkg, path) => ({
  name: `home-of-${pkg.replace(/[^a-z0-9]+/g, '-')}`,
  comment: `${pkg} is used in one place only: ${path}`,
  severity: 'error',
  from: { path: '^src/', pathNot: path },
  to: { path: `node_modules/${pkg}/`, dependencyTypesNot: ['type-only'] },
});

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    layer('core-is-pure', '^src/core/', '^src/(?!core/)'),
    layer('folders-know-core-only', `^src/(${folders.join('|')})/`, `^src/(cli|app|${stages.join('|')})/`),
    ...folders.map((name) =>
      layer(
        `${name}-knows-no-sibling`,
        `^src/${name}/`,
        `^src/(${folders.filter((f) => f !== name).join('|')})/`,
      ),
    ),
    layer('stages-know-no-app', `^src/(${stages.join('|')})/`, '^src/(cli|app)/'),
    ...stages.map((name) =>
      layer(
        `${name}-knows-no-other-stage`,
        `^src/${name}/`,
        `^src/(${stages.filter((s) => s !== name).join('|')})/`,
      ),
    ),
    layer('app-knows-no-cli', '^src/app/', '^src/cli/'),
    {
      name: 'enter-by-index',
      comment: 'A folder is entered through its index.ts (hookward/bot is the one other door, for bots).',
      severity: 'error',
      from: { path: '^src/([^/]+)/' },
      to: {
        path: '^src/([^/]+)/.+',
        pathNot: ['^src/$1/', '^src/[^/]+/index\\.ts$', '^src/core/', '^src/signing/bot\\.ts$'],
      },
    },
    home('http-proxy', '^src/forward/'),
    home('undici', '^src/forward/'),
    home('(level|classic-level|abstract-level)', '^src/log/level/'),
    home('p-queue', '^src/delivery/'),
    home('ipaddr\\.js', '^src/access/'),
    home('prom-client', '^src/metrics/'),
    home('yargs', '^src/cli/'),
    home('cli-progress', '^src/cli/'),
    home('rate-limiter-flexible', '^src/access/'),
    home('(hono|@hono)', '^src/admin/'),
    home('yaml', '^src/config/'),
    home('pino', '^src/app/'),
    { name: 'no-test-in-src', severity: 'error', from: { path: '^src/' }, to: { path: '^test/' } },
    {
      name: 'declared-packages-only',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'unknown', 'undetermined'] },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      conditionNames: ['import', 'node', 'default', 'types'],
      exportsFields: ['exports'],
    },
  },
};
