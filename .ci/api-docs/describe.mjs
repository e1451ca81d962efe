// A declaration as Markdown: how it is written, what its comment says, and the same of its members.
import { Node, ts } from 'ts-morph';
import { docsOf } from './text.mjs';

/** Widest type that stands on one line. */
const ONE_LINE = 100;

/** @param declarations of one name; several are overloads, or a type and a value */
export function describe(name, declarations) {
  // A schema beside the type that is made of it is nobody's to import.
  const types = declarations.filter((declaration) => inferred(declaration));
  return (types.length > 0 ? types : declarations).map((declaration) => describeOne(name, declaration)).join('\n\n');
}

/** What carries the comment. */
export const documented = (declaration) =>
  Node.isVariableDeclaration(declaration) ? declaration.getVariableStatementOrThrow() : declaration;

function describeOne(name, declaration) {
  const docs = docsOf(documented(declaration));
  if (Node.isFunctionDeclaration(declaration)) {
    const overloads = declaration.getOverloads();
    const all = overloads.length > 0 ? overloads : [declaration];
    return [
      code(all.map((each) => `function ${name}${callable(each)}`).join('\n')),
      docs,
      ...all.slice(1).map(docsOf),
    ].join('\n\n');
  }
  if (Node.isVariableDeclaration(declaration)) return [code(variable(name, declaration)), docs].join('\n\n');
  if (Node.isTypeAliasDeclaration(declaration)) {
    const type = declaration.getTypeNodeOrThrow();
    if (inferred(declaration))
      return [
        code(`type ${name} =${spelledOut(declaration)}`),
        docsOf(declaration.getSourceFile().getVariableStatement(name) ?? declaration),
      ].join('\n\n');
    if (Node.isTypeLiteral(type))
      return [code(`type ${name}${generics(declaration)}`), docs, members(type.getMembers())].join('\n\n');
    // The source has each form of a long union on a line of its own, the first too.
    const text = type.getText().replace(/^\| /, '\n  | ');
    return [code(`type ${name}${generics(declaration)} =${text.startsWith('\n') ? '' : ' '}${text}`), docs].join(
      '\n\n',
    );
  }
  const kind = Node.isClassDeclaration(declaration) ? 'class' : 'interface';
  const parts = [
    code(`${kind} ${name}${generics(declaration)}${heritage(declaration)}`),
    docs,
    members(declaration.getMembers()),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** Whether a type says only which schema it comes from. */
const inferred = (declaration) =>
  Node.isTypeAliasDeclaration(declaration) && /^z\.\w+</.test(declaration.getTypeNode()?.getText() ?? '');

/** Such a type, as programs see it: one line for each of its forms. */
function spelledOut(declaration) {
  const type = declaration.getType();
  const forms = type.isUnion() ? type.getUnionTypes() : [type];
  const text = (form) => form.getText(declaration, ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.InTypeAlias);
  return forms.length > 1 ? forms.map((form) => `\n  | ${text(form)}`).join('') : ` ${text(type)}`;
}

function variable(name, declaration) {
  const value = declaration.getInitializer();
  if (Node.isArrowFunction(value)) return `function ${name}${callable(value)}`;
  const type = declaration.getTypeNode()?.getText();
  if (type !== undefined) return `const ${name}: ${type}`;
  return `const ${name} = ${value?.getText().replace(/ as const$/, '')}`;
}

function callable(node) {
  const parameters = node.getParameters().map((parameter) => {
    const mark = parameter.isOptional() && !parameter.isRestParameter() ? '?' : '';
    const binding = parameter.getNameNode();
    // What is taken apart has no name of its own.
    const name = Node.isIdentifier(binding) ? binding.getText() : 'options';
    return `${parameter.isRestParameter() ? '...' : ''}${name}${mark}: ${typeOf(parameter)}`;
  });
  const result = node.getReturnTypeNode?.()?.getText();
  return `${generics(node)}(${parameters.join(', ')})${result === undefined ? '' : `: ${result}`}`;
}

function typeOf(parameter) {
  const type = parameter.getTypeNode()?.getText();
  if (type !== undefined) return type;
  return parameter.getType().getBaseTypeOfLiteralType().getText(parameter);
}

const generics = (node) => {
  const parameters = node.getTypeParameters?.() ?? [];
  return parameters.length > 0 ? `<${parameters.map((each) => each.getText()).join(', ')}>` : '';
};

function heritage(declaration) {
  const clauses = declaration.getHeritageClauses();
  return clauses.map((clause) => ` ${clause.getText()}`).join('');
}

function members(all) {
  const visible = all.filter((member) => !isHidden(member));
  return visible.map((member) => bullet(member, '')).join('\n');
}

/** A member, and those of the group of options that it is, each in a line of its own. */
function bullet(member, indent) {
  const group = groupOf(member);
  const written = group
    ? signature(member).replace(member.getTypeNode().getText(), shortened(member.getTypeNode(), group))
    : signature(member);
  const line = `${indent}- ${inline(written)}${after(docsOf(member))}`;
  const inside = (group?.getMembers() ?? []).map((each) => bullet(each, `${indent}  `));
  return [line, ...inside].join('\n');
}

/** The literal that the type of an option is, or has in it, if its parts have something said of them. */
function groupOf(member) {
  const type = member.getTypeNode?.();
  const parts = Node.isIntersectionTypeNode(type) ? type.getTypeNodes() : [type];
  const group = parts.find((part) => Node.isTypeLiteral(part));
  return group?.getMembers().some((each) => docsOf(each) !== '') ? group : undefined;
}

const shortened = (type, group) => type.getText().replace(group.getText(), '{ … }');

const after = (docs) => (docs === '' ? '' : ` – ${docs.replaceAll('\n\n', ' ')}`);

function isHidden(member) {
  if (Node.isPrivateIdentifier(member.getNameNode?.())) return true;
  if (Node.isClassStaticBlockDeclaration(member)) return true;
  const scope = member.getScope?.();
  return scope === 'private' || scope === 'protected' || (Node.isMethodDeclaration(member) && member.isOverload());
}

function signature(member) {
  if (Node.isConstructorDeclaration(member)) return `new ${callable(member)}`;
  if (Node.isConstructSignatureDeclaration(member)) return `new ${callable(member)}`;
  if (Node.isCallSignatureDeclaration(member)) return callable(member);
  if (Node.isGetAccessorDeclaration(member))
    return `readonly ${member.getName()}: ${member.getReturnTypeNode()?.getText()}`;
  if (Node.isIndexSignatureDeclaration(member)) return member.getText().replace(/;$/, '');
  const mark = member.hasQuestionToken?.() ? '?' : '';
  const fixed = member.isStatic?.() ? 'static ' : '';
  if (Node.isMethodDeclaration(member) || Node.isMethodSignature(member))
    return `${fixed}${member.getName()}${mark}${callable(member)}`;
  const readonly = member.isReadonly?.() ? 'readonly ' : '';
  const type = member.getTypeNode?.()?.getText() ?? member.getInitializer?.()?.getText() ?? 'unknown';
  return `${fixed}${readonly}${member.getName()}${mark}: ${type}`;
}

/** Comments within a type are read where it is described; here they are in the way. */
const bare = (text) => text.replace(/\/\*\*[\s\S]*?\*\/\s*/g, '');

const inline = (text) => `\`${bare(text).replace(/\s+/g, ' ')}\``;

function code(text) {
  const flat = bare(text);
  const lines = flat.split('\n').every((line) => line.length <= ONE_LINE)
    ? flat
    : flat.replace(/, (?=\w+\??: )/g, ',\n  ');
  return `\`\`\`ts\n${lines}\n\`\`\``;
}
