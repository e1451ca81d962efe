/** Reads the environment. */
import { layerOf } from './argv.js';
import { FLAG_NAMES, type FlagName, FLAGS, variableOf } from './flags.js';
import { nearest } from './nearest.js';
import type { Origin, Problem } from './problems.js';
import type { Layer } from './sources.js';
import type { Path, Tree } from './tree.js';

/** `chat` reads the first; `rooms`, `trace` and `reload` the second. */
const OTHERS: ReadonlySet<string> = new Set(['CHATROOM_PASSWORD', 'CHATROOM_URL', 'CHATROOM_CONFIG']);

/**
 * What Kubernetes sets in every container beside a service named `chatroom` or `chatroom-…`, and Docker for links:
 * `CHATROOM_SERVICE_HOST`, `CHATROOM_PORT=tcp://10.0.0.1:5060`, `CHATROOM_PORT_5060_TCP_ADDR`.
 */
const SERVICE = /_SERVICE_(?:HOST|PORT)(?:_\w+)?$|_PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?$/;
const SERVICE_URL = /^(?:tcp|udp|sctp):\/\//;

const isOfAService = (name: string, value: string): boolean =>
  SERVICE.test(name) || (name.endsWith('_PORT') && SERVICE_URL.test(value));

export interface Environment {
  /** The weaker first. */
  layers: readonly Layer[];
  /** `CHATROOM_CONFIG`. */
  file: string | undefined;
  problems: readonly Problem[];
}

/** An empty variable counts as none. */
export function readEnvironment(env: NodeJS.ProcessEnv): Environment {
  const given = new Map(Object.entries(env).filter((entry): entry is [string, string] => Boolean(entry[1])));
  const texts: [FlagName, string[]][] = [];
  for (const flag of FLAG_NAMES) {
    const text = given.get(variableOf(flag));
    if (text !== undefined) texts.push([flag, FLAGS[flag].list ? text.split(/[\s,]+/).filter(Boolean) : [text]]);
  }
  const read = layerOf(texts, variableOf);
  return {
    layers: [drachtioLayer(given), read.layer],
    file: given.get('CHATROOM_CONFIG'),
    problems: [...unknown(given), ...read.problems],
  };
}

function unknown(given: ReadonlyMap<string, string>): Problem[] {
  const known = [...FLAG_NAMES.map(variableOf), ...OTHERS];
  return [...given]
    .filter(([name, value]) => name.startsWith('CHATROOM_') && !known.includes(name) && !isOfAService(name, value))
    .map(([name]) => {
      const meant = nearest(
        name.slice('CHATROOM_'.length),
        known.map((each) => each.slice('CHATROOM_'.length)),
      );
      const hint =
        meant === undefined ? 'drachtio-chatroom serve --help lists the flags' : `did you mean CHATROOM_${meant}?`;
      return { message: `there is no variable ${name}; ${hint}` };
    });
}

/** What drachtio applications have in common: the port and the secret count with the host. */
function drachtioLayer(given: ReadonlyMap<string, string>): Layer {
  const [host, port = '9022', secret] = ['HOST', 'PORT', 'SECRET'].map((name) => given.get(`DRACHTIO_${name}`));
  const drachtio: Record<string, unknown> = {};
  const origins: [Path, Origin][] = [];
  const say = (key: string, name: string, text: string, value: unknown): void => {
    drachtio[key] = value;
    origins.push([['drachtio', key], { kind: 'variable', name, text }]);
  };
  if (host !== undefined) {
    say('host', 'DRACHTIO_HOST', host, host);
    say('port', 'DRACHTIO_PORT', port, /^\d+$/.test(port) ? Number(port) : port);
  }
  if (secret !== undefined) say('secret', 'DRACHTIO_SECRET', secret, secret);
  const tree: Tree = origins.length > 0 ? { drachtio } : {};
  return { tree, origins };
}
