import { el } from '../../shared/dom.js';
import { strings } from '../strings.js';

const hasFiles = ({ dataTransfer }: DragEvent): boolean => dataTransfer?.types.includes('Files') ?? false;

/** Takes files that are dropped on an element, and shows that it would. */
export function dropZone(element: HTMLElement, onFiles: (files: FileList) => void): void {
  const veil = el('div', { class: 'drop-veil', hidden: true, 'aria-hidden': 'true' }, strings.composer.drop);
  element.append(veil);
  element.addEventListener('dragover', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    veil.hidden = false;
  });
  element.addEventListener('dragleave', (event) => {
    // Over a child it is still over the element.
    if (!(event.relatedTarget instanceof Node) || !element.contains(event.relatedTarget)) veil.hidden = true;
  });
  element.addEventListener('drop', (event) => {
    veil.hidden = true;
    if (!hasFiles(event) || !event.dataTransfer) return;
    event.preventDefault();
    onFiles(event.dataTransfer.files);
  });
}
