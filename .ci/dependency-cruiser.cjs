// Import directions: each layer may import only from the layers below it.
//   plugin | api                             go through chat-server; may use the pure folders
//   chat-server                              the composition root, alone sees every folder
//   media                                    the switch with its listeners, in this thread or in several
//   focus | switch | cluster                 siblings, meet only in lib/focus-switch.ts
//   transport | store
//   msrp | cpim | sdp | conference-event     pure, never one another
//   util
// lib/client and lib/embedded-drachtio are programs of their own beside the server.
const PURE = 'msrp|cpim|sdp|conference-event';
const TOUCHES_OUTSIDE =
  '^node:(net|tls|dgram|fs|http|https|dns|child_process|worker_threads)|^(net|tls|dgram|fs|http|dns)$';

/** A folder may import only itself and the ones listed. */
const only = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: from },
  to: { path: '^(lib|plugin)/', pathNot: [from, ...allowed] },
});

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    only('util-is-the-floor', '^lib/util/', []),
    ...PURE.split('|').map((folder) => only(`${folder}-is-pure`, `^lib/${folder}/`, ['^lib/util/'])),
    only('transport', '^lib/transport/', [`^lib/(${PURE}|util)/`]),
    only('overload', '^lib/overload/', ['^lib/util/']),
    only('store', '^lib/store/', [`^lib/(${PURE}|util)/`]),
    only('focus-switch-is-types', '^lib/focus-switch\\.ts$', [`^lib/(${PURE}|util)/`]),
    only('switch', '^lib/switch/', [
      `^lib/(transport|store|${PURE}|util)/`,
      '^lib/focus-switch\\.ts$',
      // The interface to other switches, and that there are none.
      '^lib/cluster/(bus|member|weight|local)\\.ts$',
    ]),
    only('cluster', '^lib/cluster/', [`^lib/(${PURE}|util)/`, '^lib/focus-switch\\.ts$']),
    only('focus', '^lib/focus/', [`^lib/(transport|store|${PURE}|util)/`, '^lib/focus-switch\\.ts$']),
    only('media', '^lib/media/', [`^lib/(switch|cluster|transport|overload|${PURE}|util)/`, '^lib/focus-switch\\.ts$']),
    only('chat-server', '^lib/chat-server\\.ts$', [
      `^lib/(media|focus|switch|cluster|transport|store|overload|${PURE}|util)/`,
      '^lib/focus-switch\\.ts$',
    ]),
    only('embedded-drachtio-stands-alone', '^lib/embedded-drachtio/', ['^lib/util/']),
    only('client', '^lib/client/', [`^lib/(${PURE}|util|transport|embedded-drachtio)/`]),
    only('plugin', '^plugin/(?!cli/|testing/|web/pages/)', [
      '^lib/chat-server\\.ts$',
      '^lib/focus-switch\\.ts$',
      `^lib/(${PURE}|util)/`,
      // The grammar of SIP headers and URIs, which reads without throwing; nothing of the endpoint itself.
      '^lib/embedded-drachtio/message/',
    ]),
    only('program', '^plugin/cli/', [
      '^plugin/',
      '^lib/chat-server\\.ts$',
      `^lib/(client|embedded-drachtio|${PURE}|util)/`,
    ]),
    // Rooms, endpoint and participants in one process.
    only('testing', '^plugin/testing/', [
      '^plugin/(?!cli/|api/|web/)',
      '^lib/chat-server\\.ts$',
      `^lib/(client|embedded-drachtio|${PURE}|util)/`,
    ]),
    {
      name: 'no-test-kit-in-the-product',
      severity: 'error',
      from: { path: '^(lib|plugin)/', pathNot: '^plugin/testing/' },
      to: { path: '^plugin/testing/' },
    },
    // They run in a browser: nothing of the server, but for the types of what its API answers.
    only('pages', '^plugin/web/pages/', [`^lib/(client|${PURE}|util)/`, '^plugin/api/schemas/']),
    {
      name: 'only-the-edges-touch-the-outside',
      severity: 'error',
      from: {
        path: '^lib/',
        pathNot: '^lib/(transport|store|cluster|overload|api|media/workers|embedded-drachtio|client)/',
      },
      to: { path: TOUCHES_OUTSIDE },
    },
    {
      name: 'drachtio-srf-only-in-plugin',
      severity: 'error',
      from: { path: '^lib/' },
      to: { path: 'drachtio-srf' },
    },
    {
      name: 'no-test-code-in-the-product',
      severity: 'error',
      from: { path: '^(lib|plugin)/' },
      to: { path: '^(test|bench|examples)/' },
    },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    enhancedResolveOptions: { extensions: ['.ts', '.js'] },
  },
};
