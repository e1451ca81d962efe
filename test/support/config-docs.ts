import { CHANGE_RULES } from '../../plugin/config/changes.js';
import { FLAG_NAMES, FLAGS, variableOf } from '../../plugin/config/flags.js';

/** What `docs/configuration.md` has of the code. */
const TABLES: Readonly<Record<string, () => string[][]>> = {
  flags: () => [
    ['Flag', 'Variable', 'Option', 'Default'],
    ...FLAG_NAMES.map((name) => {
      const { key, variableOnly, help } = FLAGS[name];
      return [variableOnly ? '' : `\`--${name}\``, `\`${variableOf(name)}\``, `\`${key}\``, help[2] ?? ''];
    }),
    ['`--config`', '`CHATROOM_CONFIG`', '', 'none'],
  ],
  changes: () => [
    ['Option', 'Holds', 'Because, or for what'],
    ...CHANGE_RULES.map(([pattern, when, why]) => [
      `\`${pattern}\``,
      when === 'now' ? 'at once' : 'after a restart',
      why,
    ]),
  ],
};

/** The page with its generated tables as the code has them: between `<!-- NAME -->` and `<!-- /NAME -->`. */
export const withTables = (page: string): string =>
  page.replace(/(<!-- (\w+) -->\n)[^]*?(<!-- \/\2 -->)/g, (all, begin: string, name: string, end: string) =>
    Object.hasOwn(TABLES, name) ? `${begin}\n${markdown(TABLES[name]())}\n\n${end}` : all,
  );

function markdown([head, ...rows]: string[][]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((cells) => cells[column].length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
