import { el, setText } from '../../shared/dom.js';
import { hueOf, initials } from '../model/people.js';

/** Colours of style sheet `theme.css`. */
const HUES = 8;

/** A coloured disc with the letters of somebody. */
export function avatar(uri: string, name: string): HTMLElement {
  return el('span', { class: `avatar hue-${hueOf(uri, HUES)}`, 'aria-hidden': 'true' }, initials(name));
}

export function renameAvatar(element: Element, name: string): void {
  setText(element, initials(name));
}
