// What an interface lacks that is to be described.
import { Node } from 'ts-morph';
import { documented } from './describe.mjs';
import { docsOf } from './text.mjs';

/** Exported names that no comment is about. */
export function* undocumented(entries) {
  for (const { name: entry, exported } of entries) {
    for (const [name, declarations] of exported) {
      if (declarations.every((declaration) => docsOf(documented(declaration)) === '')) {
        yield `${entry}: ${name} (${where(declarations[0])}) has no comment`;
      }
    }
  }
}

/** Types of ours that an exported type is made of, and that no entry exports. */
export function* unexported(entries) {
  const known = new Set(entries.flatMap(({ exported }) => [...exported.values()].flat()));
  for (const { name: entry, exported } of entries) {
    const missing = new Map();
    for (const [name, declarations] of exported) {
      for (const declaration of declarations) {
        for (const used of usedBy(declaration)) if (!known.has(used)) missing.set(used.getName(), { name, used });
      }
    }
    for (const [type, { name, used }] of missing)
      yield `${entry}: ${name} uses ${type} (${where(used)}), which nobody exports`;
  }
}

/** Types that stand where users of a declaration see them. */
export function* usedBy(declaration) {
  for (const node of declaration.getDescendants()) {
    if (!Node.isTypeReference(node) && !Node.isExpressionWithTypeArguments(node)) continue;
    if (!isVisible(node, declaration)) continue;
    const name = Node.isTypeReference(node) ? node.getTypeName() : node.getExpression();
    const symbol = name.getSymbol()?.getAliasedSymbol() ?? name.getSymbol();
    for (const used of symbol?.getDeclarations() ?? []) if (isOurs(used)) yield used;
  }
}

const isOurs = (declaration) =>
  /\/(?:lib|plugin)\//.test(declaration.getSourceFile().getFilePath()) &&
  !declaration.getSourceFile().isInNodeModules() &&
  !declaration.getSourceFile().isFromExternalLibrary() &&
  (Node.isInterfaceDeclaration(declaration) ||
    Node.isTypeAliasDeclaration(declaration) ||
    Node.isClassDeclaration(declaration));

/** In no body of a function, no initial value and no private member. */
function isVisible(node, declaration) {
  for (let at = node; at && at !== declaration; at = at.getParent()) {
    const parent = at.getParent();
    if (Node.isBlock(at)) return false;
    if (parent?.getInitializer?.() === at && !Node.isArrowFunction(at)) return false;
    if (Node.isArrowFunction(parent) && parent.getBody() === at) return false;
    if (Node.isPrivateIdentifier(at.getNameNode?.())) return false;
    if (['private', 'protected'].includes(at.getScope?.())) return false;
  }
  return true;
}

const where = (declaration) =>
  `${declaration
    .getSourceFile()
    .getFilePath()
    .replace(/^.*\/(?=(?:lib|plugin)\/)/, '')}:${declaration.getStartLineNumber()}`;
