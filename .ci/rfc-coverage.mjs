// Which requirement of docs/requirements.tsv is fulfilled where, and which test says so: writes docs/rfc-coverage.md.
// Code counts that names a row's id in a comment of lib/ or plugin/; tests count that name it in a string (the name of
// a test, a table of cases), in the title of a transcript or, as a vector, in `req`. With --check writes nothing and fails when the page is not
// current, an id is cited that the list does not have, a row has neither both nor a note, or a note is outdated.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const LIST = 'docs/requirements.tsv';
const PAGE = 'docs/rfc-coverage.md';
/** Ids as cited: RFC number (not the year of a date), section, running number; or a project rule; or a row of the RCS list. */
const ID =
  /(?<![\w.-])(?:(?!(?:19|20)\d\d-)\d{4}-[0-9A-Z][0-9.]*-\d{2}|P-[A-Z]+-\d{2}|(?:MSRP|CPIM|SUB|DOC|IDN|FAC|INV|JOIN|REF|BYE|CAP|TMR|HDR|PBX|SAF)-\d{2})(?![\w-])/g;
/** What a note may begin with, and how that is shown. `as` names the rows whose evidence counts for this one too. */
const NOTES = new Map([
  ['as', 'as'],
  ['held', ''],
  ['out', 'out of scope:'],
  ['later', 'later:'],
  ['deviation', 'deviation:'],
]);
/** Rows of the focus in a SIP network, by the prefix of their ids. */
const FAMILIES = {
  SUB: 'Conference event package: subscriptions and documents',
  DOC: 'Conference event package: subscriptions and documents',
  IDN: 'Focus: identity and trust',
  FAC: 'Focus: conference factory, rooms and lists',
  INV: 'Focus: invitations',
  JOIN: 'Focus: joining',
  REF: 'Focus: REFER',
  BYE: 'Focus: leaving and closing',
  CAP: 'Focus: capabilities and other methods',
  TMR: 'Focus: session timers',
  HDR: 'Focus: headers of IMS',
  PBX: 'Focus: beside a PBX',
  SAF: 'Focus: registrations',
};

/** Files named per cell. */
const SHOWN = 3;

const rows = new Map();
for (const line of readFileSync(LIST, 'utf8').trimEnd().split('\n').slice(1)) {
  const [id, level, who, title, note = ''] = line.split('\t');
  const [, kind, text] = /^(\w+): (.+)$/.exec(note) ?? [];
  rows.set(id, { id, level, who, title, kind, text, code: new Set(), tests: new Set() });
}

const problems = [];
const cite = (id, kind, place, file) => {
  const row = rows.get(id);
  if (row) row[kind].add(place);
  else problems.push(`${file}: ${id} is not in ${LIST}`);
};

const files = (folder, ending) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => `${folder}/${file}`)
    .toSorted();

for (const file of [...files('lib', '.ts'), ...files('plugin', '.ts')]) {
  for (const id of readFileSync(file, 'utf8').match(ID) ?? []) cite(id, 'code', file, file);
}
for (const file of files('test', '.test.ts')) {
  const text = readFileSync(file, 'utf8').replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, '');
  for (const id of text.match(ID) ?? []) cite(id, 'tests', file.replace(/^test\//, ''), file);
}
// The title of a transcript.
for (const file of files('test/scripts', '.script')) {
  const [title] = /^(?:#.*\n)+/.exec(readFileSync(file, 'utf8')) ?? [''];
  for (const id of title.match(ID) ?? []) cite(id, 'tests', file.replace(/^test\//, ''), file);
}
for (const file of [...files('test/vectors', '.json'), ...files('test/vectors-own', '.json')]) {
  if (file.includes('/tables/')) {
    for (const id of readFileSync(file, 'utf8').match(ID) ?? []) cite(id, 'tests', `table ${stem(file)}`, file);
  } else {
    for (const id of JSON.parse(readFileSync(file, 'utf8')).req ?? []) cite(id, 'tests', `v:${stem(file)}`, file);
  }
}

/** The rows that speak for this one. */
const evidence = (row) => (row.kind === 'as' ? row.text.split(', ').map((id) => rows.get(id)) : [row]);
const has = (row, kind) => evidence(row).every((other) => other?.[kind].size > 0);

/** `yes` code and tests, `code` or `test` one of them, `held` by what the note says, `no` with a note that says why. */
function stateOf(row) {
  const [code, tests] = [has(row, 'code'), has(row, 'tests')];
  if (code && tests) return 'yes';
  if (row.kind === 'held') return 'held';
  if (code) return 'code';
  return tests ? 'test' : 'no';
}

for (const row of rows.values()) {
  row.state = stateOf(row);
  if (row.kind === undefined ? row.state !== 'yes' : !NOTES.has(row.kind)) {
    problems.push(`${row.id} has no ${has(row, 'code') ? 'test' : 'code'} that names it, and no note that says why`);
  }
  if (row.kind === 'as') {
    for (const id of row.text.split(', '))
      if (!rows.has(id)) problems.push(`${row.id} is as ${id}, which does not exist`);
    if (row.state !== 'yes') problems.push(`${row.id} is as ${row.text}, which have no code and test each`);
  }
  if (row.kind === 'later' && row.state === 'yes') problems.push(`${row.id} has code and tests: its note is outdated`);
}

const page = render();
if (process.argv.includes('--check')) {
  if (readFileSync(PAGE, 'utf8') !== page) problems.push(`${PAGE} is not current: npm run coverage:rfc`);
  for (const problem of problems) console.error(problem);
  console.log(`${rows.size} requirements, ${problems.length} problems`);
  process.exitCode = problems.length === 0 ? 0 : 1;
} else {
  writeFileSync(PAGE, page);
  for (const problem of problems) console.error(problem);
  console.log(`${PAGE}: ${rows.size} requirements, ${problems.length} problems`);
}

function stem(file) {
  return file.slice(file.lastIndexOf('/') + 1, -'.json'.length);
}

/** RFC number of a row, or its family. */
function familyOf(id) {
  if (id.startsWith('P-')) return 'Project rules';
  if (/^\d/.test(id)) return `RFC ${id.slice(0, 4)}`;
  const [prefix] = id.split('-', 1);
  return FAMILIES[prefix] ?? 'RCS group chat: MSRP and CPIM';
}

function render() {
  const families = new Map();
  for (const row of rows.values()) {
    const family = familyOf(row.id);
    families.set(family, [...(families.get(family) ?? []), row]);
  }
  const names = [...families.keys()].toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const ordered = [
    ...names.filter((name) => name.startsWith('RFC')),
    ...names.filter((name) => !name.startsWith('RFC')),
  ];
  return [
    '# Requirements and what fulfils them',
    '',
    'Written by `npm run coverage:rfc` from [requirements.tsv](requirements.tsv), the ids in comments of `lib/` and',
    '`plugin/`, and those in names of tests and in vectors; not edited by hand. An id is RFC, section and a running number;',
    '`P-…` are rules of this project where the RFCs leave room. A `*` behind a level: derived, not said in those words.',
    '**yes** has code and tests that name it; **held** holds by what the note says; **code**, **test** have one of them.',
    '',
    ...totals(families, ordered),
    ...ordered.flatMap((name) => section(name, families.get(name))),
  ].join('\n');
}

function totals(families, ordered) {
  const states = ['yes', 'held', 'code', 'test', 'no'];
  const count = (list) => states.map((state) => list.filter((row) => row.state === state).length);
  const line = (name, list) => `| ${[name, list.length, ...count(list)].join(' | ')} |`;
  const all = [...rows.values()];
  const level = (name) => all.filter((row) => row.level.startsWith(name));
  return [
    `| | rows | ${states.join(' | ')} |`,
    `|${' --- |'.repeat(states.length + 2)}`,
    ...['MUST', 'SHOULD', 'MAY'].map((name) => line(name, level(name))),
    ...ordered.map((name) => line(name, families.get(name))),
    line('**all**', all),
    '',
  ];
}

function section(name, list) {
  const sorted = list.toSorted((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));
  return [
    `## ${name}`,
    '',
    '| Row | Level | Who | What | | Code | Tests | Note |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...sorted.map((row) => {
      const cells = [row.id, row.level, row.who, row.title, row.state, short(row.code), short(row.tests), noteOf(row)];
      return `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`;
    }),
    '',
  ];
}

function short(places) {
  const all = [...places];
  return all.length > SHOWN ? `${all.slice(0, SHOWN).join(', ')}, +${all.length - SHOWN}` : all.join(', ');
}

function noteOf({ kind, text }) {
  return kind ? `${NOTES.get(kind)} ${text}`.trim() : '';
}
