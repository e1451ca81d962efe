// Comments as Markdown.

/** Links to headings, as GitHub names them: the same for a second time gets a number. */
export class Anchors {
  #given = new Map();

  of(heading) {
    const anchor = heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-');
    const before = this.#given.get(anchor) ?? 0;
    this.#given.set(anchor, before + 1);
    return before === 0 ? anchor : `${anchor}-${before}`;
  }
}

const FENCE = '```';

/** One line for what the source wraps; paragraphs, lists and examples stay what they are. */
export function flow(text) {
  return text
    .trim()
    .split(/\n\s*\n/)
    .map((paragraph) => {
      if (/^ {4}/.test(paragraph)) return `\`\`\`ts\n${paragraph.replace(/^ {4}/gm, '')}\n\`\`\``;
      return paragraph.replace(/\s*\n\s*(?!-)/g, ' ').trim();
    })
    .join('\n\n');
}

/** The comment that says what a file is for. */
export function commentAbove(file) {
  const [comment] = file.getStatementsWithComments()[0]?.getLeadingCommentRanges() ?? [];
  const text = comment?.getText() ?? file.getFullText().match(/^(\/\*\*[\s\S]*?\*\/|(?:\/\/.*\n)+)/)?.[0];
  if (text === undefined) throw new Error(`${file.getBaseName()}: no comment says what it is for`);
  return flow(text.replace(/^\/\*\*?|\*\/$/g, '').replace(/^\s*(?:\*|\/\/) ?/gm, ''));
}

/** What stands above a declaration, or a part of one: text, and tags each in a sentence. */
export function docsOf(node) {
  const docs = node.getJsDocs?.() ?? [];
  const last = docs.at(-1);
  if (!last) return '';
  const tags = last.getTags().map((tag) => sentence(tag.getTagName(), flow(tag.getCommentText() ?? ''), tag));
  const text = [flow(last.getDescription()), ...tags].filter((part) => part !== '');
  // After an example, whose fence has to stand alone, a tag is a paragraph.
  return linked(
    plain(text.reduce((before, part) => `${before}${before.endsWith(FENCE) ? '\n\n' : ' '}${part}`, '').trim()),
  );
}

/** `(FAC-08)`, `(7701-6.3-04)`: which requirement something fulfils is for who reads the source. */
const ID = String.raw`(?:[A-Z]{1,6}(?:-[A-Z]+)*-\d+|[A-Z]\d+|\d{4}-[\w.]+-\d+|P-ANON-\d+)`;
const IDS = String.raw`${ID}(?:, ${ID})*`;
const plain = (text) =>
  text
    .replaceAll(new RegExp(String.raw` \(${IDS}\)`, 'g'), '')
    .replaceAll(new RegExp(String.raw`\(${IDS}[:,] `, 'g'), '(')
    .replaceAll(new RegExp(String.raw`, ${IDS}\)`, 'g'), ')')
    .replaceAll(new RegExp(String.raw`(^|\. )${ID}: `, 'g'), '$1');

/** Pages are beside this one. */
const linked = (text) => text.replaceAll(/\bdocs\/([\w-]+\.md)/g, '[$1]($1)');

function sentence(name, text, tag) {
  switch (name) {
    case 'defaultValue':
      return `Default: ${text}.`.replace(/\.\.$/, '.');
    case 'throws':
      return `Throws: ${text}.`.replace(/\.\.$/, '.');
    case 'returns':
      return `Returns ${text}.`.replace(/\.\.$/, '.');
    case 'param':
      return `\`${tag.getName()}\`: ${text}.`.replace(/\.\.$/, '.');
    default:
      throw new Error(`@${name}: nobody says how to show that`);
  }
}
