/** Pictures of 24 by 24, drawn in the colour of the text. */
const PATHS = {
  send: 'M3.4 20.4 21 12 3.4 3.6 3.4 10.1 15 12 3.4 13.9Z',
  attach:
    'M16.5 6.5v10a4.5 4.5 0 0 1-9 0V5.8a3 3 0 0 1 6 0v9.7a1.5 1.5 0 0 1-3 0V7H9v8.500a3 3 0 0 0 6 0V5.800a4.500 4.500 0 0 0-9 0v10.700a6 6 0 0 0 12 0v-10Z',
  people:
    'M9 11.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7Zm7.500 0a3 3 0 1 0 0-6 3 3 0 0 0-1.300.300 5 5 0 0 1 0 5.400c.400.200.800.300 1.300.300ZM9 13.500c-3.300 0-6.500 1.600-6.500 4V19.500h13v-2c0-2.400-3.200-4-6.500-4Zm7.600.100c.9 1 1.400 2.300 1.400 3.900v2h4v-2c0-2.200-2.700-3.700-5.400-3.900Z',
  close: 'm12 10.600 5-5 1.400 1.400-5 5 5 5-1.400 1.400-5-5-5 5L5.600 17l5-5-5-5L7 5.600Z',
  lock: 'M7 10V8a5 5 0 0 1 10 0v2h1.500v10h-13V10Zm2 0h6V8a3 3 0 0 0-6 0Z',
  bubble:
    'M4 4h16a1.500 1.500 0 0 1 1.500 1.500v10A1.500 1.500 0 0 1 20 17H9.500L5 20.500V17H4a1.500 1.500 0 0 1-1.500-1.500v-10A1.500 1.500 0 0 1 4 4Zm.500 2v9h15V6Z',
  check: 'm9.500 16.200-4-4L4 13.700l5.500 5.500L21 7.700l-1.500-1.500Z',
  checks:
    'm6.500 16.200-4-4L1 13.700l5.500 5.500L18 7.700l-1.500-1.500Zm6.500 1.500 1.500 1.500L23.500 8.700 22 7.200Z',
  clock:
    'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Zm0 2a7 7 0 1 1 0 14 7 7 0 0 1 0-14Zm-1 2.500v5l4.200 2.500.8-1.300-3.400-2V7.500Z',
  alert: 'M12 2.500 1.500 21h21Zm-1 7h2v6h-2Zm0 7.500h2v2h-2Z',
  download: 'M11 4h2v8.200l3.100-3.100 1.400 1.400-5.500 5.500-5.500-5.500 1.400-1.400 3.100 3.100ZM5 18h14v2H5Z',
  file: 'M6 2.500h8l5 5V21.500H6Zm7 1.800V8.500h4.200Z',
  edit: 'm4 16.800L15.500 5.300l3.200 3.200L7.200 20H4Zm12.700-12.700 1.400-1.400 3.200 3.200-1.400 1.400Z',
  down: 'm12 15.500-6.500-6.500L7 7.500l5 5 5-5L18.500 9Z',
  leave: 'M4 3.500h9v2H6v13h7v2H4Zm11.500 4L20 12l-4.500 4.500-1.400-1.400 2.100-2.100H9v-2h7.200l-2.100-2.100Z',
} as const;

export type IconName = keyof typeof PATHS;

const SVG = 'http://www.w3.org/2000/svg';

/** A picture; what it means is said by text beside it. */
export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  return svg;
}
