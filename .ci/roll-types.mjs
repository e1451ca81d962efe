// All declarations that an entry's exports are made of, in one file: what is inside of the package, and what it needs of
// others' types (those of Node, say), stays out of it.
import { ModuleKind, Node, Project } from 'ts-morph';

/**
 * @param entry path of a .d.ts file
 * @returns text of a .d.mts file that imports nothing
 * @throws when two declarations of one name would be in it, or one is of another package
 */
export function rollTypes(entry) {
  const project = new Project({
    compilerOptions: { lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'], types: [], module: ModuleKind.NodeNext },
  });
  const file = project.addSourceFileAtPath(entry);
  project.resolveSourceFileDependencies();
  const exported = new Set();
  const found = new Map();
  const waiting = [];
  const take = (declaration) => {
    const name = declaration.getName();
    const known = found.get(name) ?? [];
    if (known.includes(declaration)) return;
    if (known.some((other) => other.getSourceFile() !== declaration.getSourceFile())) {
      throw new Error(`${entry}: two declarations of ${name}`);
    }
    found.set(name, [...known, declaration]);
    waiting.push(declaration);
  };
  for (const [name, declarations] of file.getExportedDeclarations()) {
    exported.add(name);
    for (const declaration of declarations) take(declaration);
  }
  for (let declaration = waiting.pop(); declaration; declaration = waiting.pop()) {
    declaration.forEachDescendant((node) => {
      if (!Node.isIdentifier(node)) return;
      const symbol = node.getSymbol()?.getAliasedSymbol() ?? node.getSymbol();
      for (const used of symbol?.getDeclarations() ?? []) if (isOfModule(used)) take(used);
    });
  }
  const texts = [...found]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, declarations]) =>
      declarations.map((declaration) => {
        const statement = Node.isVariableDeclaration(declaration)
          ? declaration.getVariableStatementOrThrow()
          : declaration;
        const docs = statement.getJsDocs().at(-1);
        const text = statement
          .getText()
          .replace(/^(?:export )?(?:declare )?/, `${exported.has(name) ? 'export ' : ''}declare `);
        return docs ? `${docs.getText()}\n${text}` : text;
      }),
    );
  return `${texts.join('\n\n')}\n\nexport {};\n`;
}

/** Stands at the top of one of our modules, rather than in a class or with the language. */
function isOfModule(declaration) {
  const path = declaration.getSourceFile().getFilePath();
  if (!path.includes('/dist/')) return false;
  if (Node.isVariableDeclaration(declaration))
    return Node.isSourceFile(declaration.getVariableStatement()?.getParent());
  const { isClassDeclaration, isFunctionDeclaration, isInterfaceDeclaration, isTypeAliasDeclaration } = Node;
  const kinds = [isClassDeclaration, isFunctionDeclaration, isInterfaceDeclaration, isTypeAliasDeclaration];
  return kinds.some((is) => is(declaration)) && Node.isSourceFile(declaration.getParent());
}
