import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CallExpression, Node, Project, SyntaxKind } from 'ts-morph';

const ROOT = join(__dirname, '../..');
const LEVELS: ReadonlySet<string> = new Set(['trace', 'debug', 'info', 'warn', 'error']);

export interface LogLine {
  level: string;
  text: string;
  /** Names of its fields, of those that are written where the line is said. */
  fields: string[];
  file: string;
  /** Said by a `PacedLog`. */
  paced: boolean;
}

/** Every line that the source may write into the log of `serve`. */
export function logLines(): LogLine[] {
  const project = new Project({ useInMemoryFileSystem: true });
  return ['lib', 'plugin'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .map((path) => join(folder, path))
      // The client and the pages have logs of their own.
      .filter((path) => path.endsWith('.ts') && !/^lib\/client|^plugin\/(web\/pages|testing|cli\/chat)/.test(path))
      .flatMap((path) => {
        const source = readFileSync(join(ROOT, path), 'utf8');
        if (!/log|paced/i.test(source)) return [];
        const calls = project.createSourceFile(path, source).getDescendantsOfKind(SyntaxKind.CallExpression);
        return calls.flatMap((call) => linesOf(call, path));
      }),
  );
}

function linesOf(call: CallExpression, file: string): LogLine[] {
  const callee = call.getExpression();
  const parts = /^(.*?)\??\.(\w+)$/s.exec(callee.getText());
  const isTrace = callee.getText() === 'trace';
  if (!isTrace && (!parts || !LEVELS.has(parts[2]) || !/(?:log|logger|paced|#log\b)$/i.test(parts[1]))) return [];
  const level = isTrace ? 'trace' : (parts?.[2] ?? '');
  const last = call.getArguments().at(-1);
  if (!last || call.getArguments().length < 2) return [];
  const [about] = call.getArguments();
  const properties = Node.isObjectLiteralExpression(about) ? about.getProperties() : [];
  const fields = properties.flatMap((property) => (Node.isSpreadAssignment(property) ? [] : [property.getName()]));
  return textsOf(last).map((text) => ({ level, text, fields, file, paced: callee.getText().includes('paced') }));
}

/** A text may be one of two. */
function textsOf(node: Node): string[] {
  if (Node.isStringLiteral(node) || Node.isNoSubstitutionTemplateLiteral(node)) return [node.getLiteralText()];
  if (Node.isTemplateExpression(node)) return [node.getHead().getLiteralText()];
  if (Node.isConditionalExpression(node)) return [...textsOf(node.getWhenTrue()), ...textsOf(node.getWhenFalse())];
  // Passed on, as it was said elsewhere.
  return node.getText() === 'message' ? [] : [''];
}
