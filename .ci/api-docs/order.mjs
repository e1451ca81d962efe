// In which order names are read: who opens the page begins with what he calls.
import { Node } from 'ts-morph';
import { usedBy } from './gaps.mjs';

/** Functions, then classes, then constants; each followed by the types it is made of, and these by theirs. */
export function readingOrder(names) {
  const byDeclaration = new Map(names.flatMap(([name, all]) => all.map((declaration) => [declaration, name])));
  const exported = new Map(names);
  const ordered = new Map();
  const add = (queue) => {
    for (const name of queue) {
      if (ordered.has(name)) continue;
      const declarations = exported.get(name);
      ordered.set(name, declarations);
      // Breadth first: what a function takes and gives stands before what those are made of.
      const next = declarations.flatMap((declaration) =>
        [...usedBy(declaration)].map((used) => byDeclaration.get(used)),
      );
      queue.push(...next.filter((each) => each !== undefined));
    }
  };
  const alphabetical = [...exported.keys()].toSorted((a, b) => a.localeCompare(b, 'en'));
  const is = (test) => alphabetical.filter((name) => exported.get(name).some(test));
  for (const name of is(Node.isFunctionDeclaration)) add([name]);
  for (const name of is(Node.isClassDeclaration)) add([name]);
  add(is((declaration) => Node.isVariableDeclaration(declaration)));
  add(alphabetical);
  return [...ordered];
}
