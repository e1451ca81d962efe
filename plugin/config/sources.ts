import { FLAGS, flagOf, variableOf } from './flags.js';
import { type Origin, position } from './problems.js';
import { dotted, merge, type Path, type Tree } from './tree.js';

/** What one source says, and where. */
export interface Layer {
  tree: Tree;
  origins: readonly (readonly [Path, Origin])[];
}

/** Paths as keys of a map; names of rooms may have dots. */
const keyOf = (path: Path): string => path.map(String).join('\0');

/** Everything that was said, the strongest last, and by whom. */
export class Sources {
  readonly tree: Tree;
  readonly #origins = new Map<string, Origin>();

  constructor(layers: readonly Layer[]) {
    let tree: unknown = {};
    for (const layer of layers) {
      tree = merge(tree, layer.tree);
      for (const [path, origin] of layer.origins) {
        const key = keyOf(path);
        // A list of a stronger source takes the place of the whole list.
        if (origin.kind !== 'file') {
          for (const other of this.#origins.keys()) if (other.startsWith(`${key}\0`)) this.#origins.delete(other);
        }
        this.#origins.set(key, origin);
      }
    }
    this.tree = tree as Tree;
  }

  /** Who said what stands at `path`, or the section it is in. */
  origin(path: Path): Origin | undefined {
    for (let length = path.length; length > 0; length--) {
      const origin = this.#origins.get(keyOf(path.slice(0, length)));
      if (origin) return origin;
    }
    return undefined;
  }

  /** As whoever gave it knows it: `--msrp`, `CHATROOM_MSRP`, `msrp.listen (chatrooms.yaml:3:11)`. */
  name(path: Path): string {
    const origin = this.origin(path);
    if (origin?.kind === 'file') return `${dotted(path)} (${position(origin)})`;
    return origin?.name ?? this.nameLike(path, path);
  }

  /** How `path` is called by who gave `given`: by its flag, its variable, or its key. */
  nameLike(path: Path, given: Path): string {
    const flag = flagOf(path);
    const kind = this.origin(given)?.kind;
    if (flag === undefined || kind === 'file') return dotted(path);
    return kind === 'variable' || FLAGS[flag].variableOnly ? variableOf(flag) : `--${flag}`;
  }
}
