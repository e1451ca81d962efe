/** What is done with a file of some type. */

/** Pictures that a browser decodes without running anything in them; SVG is not among them. */
const PICTURES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif']);

export const isPicture = (type: string): boolean => PICTURES.has(type);

/** Type under which content is kept: all but pictures as octets, so that a browser that opens them runs nothing. */
export const keptType = (type: string): string => (isPicture(type) ? type : 'application/octet-stream');

const EXTENSIONS: Readonly<Record<string, string>> = {
  'application/pdf': 'pdf',
  'application/zip': 'zip',
  'image/avif': 'avif',
  'image/gif': 'gif',
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/svg+xml': 'svg',
  'image/webp': 'webp',
  'text/html': 'html',
  'text/plain': 'txt',
};

/** Name for a file whose sender gave none. */
export const nameFor = (type: string): string => `${type.split('/', 1)[0]}.${EXTENSIONS[type] ?? 'bin'}`;

/** The last part of what may be a path. */
export const bareName = (name: string): string => name.split(/[\\/]/).at(-1) || name;
