/** One collection of garbage, as `--trace-gc-nvp` tells of it. */
export interface Collection {
  /** Milliseconds since the process began. */
  time: number;
  scavenge: boolean;
  pauseMs: number;
  /** Octets allocated on the heap since the collection before. */
  allocated: number;
  /** Octets that survived a scavenge, in the young generation and into the old one. */
  survived: number;
  promoted: number;
}

/** Of a span under load. */
export interface Allocation {
  collections: number;
  /** Milliseconds from the first to the last collection. */
  milliseconds: number;
  pauseMs: number;
  allocated: number;
  survived: number;
  promoted: number;
}

const LINE = /^\[\d+:0x[0-9a-f]+\] +(\d+) ms: (pause=.*)$/;

/** The collections among lines of output; V8 writes its own lines between those of the program. */
export function readCollections(output: string): Collection[] {
  return output.split('\n').flatMap((line) => {
    const [, time = '', pairs = ''] = LINE.exec(line) ?? [];
    if (pairs === '') return [];
    const values = new Map(pairs.split(' ').map((pair) => pair.split('=', 2) as [string, string]));
    const number = (name: string): number => Number(values.get(name) ?? 0);
    return [
      {
        time: Number(time),
        scavenge: values.get('gc') === 's',
        pauseMs: number('pause'),
        allocated: number('allocated'),
        survived: number('new_space_survived'),
        promoted: number('promoted'),
      },
    ];
  });
}

/** From the first collection to the last: what each tells of is what came after the one before. */
export function allocation(collections: readonly Collection[]): Allocation {
  const [first, ...rest] = collections;
  const last = rest.at(-1);
  const sum = (of: (collection: Collection) => number): number => rest.reduce((all, each) => all + of(each), 0);
  const scavenged = (of: (collection: Collection) => number): number => sum((each) => (each.scavenge ? of(each) : 0));
  return {
    collections: rest.length,
    milliseconds: first && last ? last.time - first.time : 0,
    pauseMs: sum(({ pauseMs }) => pauseMs),
    allocated: sum(({ allocated }) => allocated),
    survived: scavenged(({ survived }) => survived),
    promoted: scavenged(({ promoted }) => promoted),
  };
}
