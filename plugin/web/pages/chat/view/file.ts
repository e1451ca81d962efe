import { el, setText } from '../../shared/dom.js';
import { icon } from '../../shared/icons.js';
import type { Attachment } from '../model/line.js';
import { isPicture } from '../model/files.js';
import { describeSize } from '../../shared/text.js';
import { strings } from '../strings.js';

/** A file in a message: a picture, or its name; how far it is while it comes or goes. */
export class FileView {
  readonly element = el('div', { class: 'file' });
  readonly #detail = el('span', { class: 'file-detail' });
  #progress: HTMLProgressElement | undefined;
  #url: string | undefined;
  readonly #doing: string;

  /** @param own it goes, and does not come */
  constructor(file: Attachment, own: boolean) {
    this.#doing = own ? strings.log.sending : strings.log.receiving;
    this.#describe(file);
    this.#show(file);
    this.update(file);
  }

  update(file: Attachment): void {
    if (file.url !== this.#url) this.#show(file);
    this.#describe(file);
    const { progress } = file;
    if (progress === undefined || progress >= 1) {
      this.#progress?.remove();
      this.#progress = undefined;
      return;
    }
    this.#progress ??= this.element.appendChild(
      el('progress', { max: 1, 'aria-label': `${file.name}: ${this.#doing}` }),
    );
    this.#progress.value = progress;
  }

  #describe({ size, missing }: Attachment): void {
    const parts = [size === undefined ? undefined : describeSize(size), missing];
    setText(this.#detail, parts.filter((part) => part !== undefined).join(' · '));
  }

  #show({ name, type, url }: Attachment): void {
    this.#url = url;
    const title = el('span', { class: 'file-name', dir: 'auto' }, name);
    const label = el('span', { class: 'file-label' }, title, this.#detail);
    const shown: Node[] = [];
    if (url !== undefined && isPicture(type)) {
      const picture = el('img', { class: 'picture', src: url, alt: strings.log.picture(name), decoding: 'async' });
      // What calls itself a picture and is none stays a file.
      picture.addEventListener('error', () => picture.remove());
      shown.push(picture);
    }
    if (url === undefined) shown.push(el('span', { class: 'file-row' }, icon('file'), label));
    else {
      const link = el('a', { class: 'file-row', href: url, download: name, title: strings.log.download(name) });
      link.append(icon('download'), label);
      shown.push(link);
    }
    this.element.replaceChildren(...shown, ...(this.#progress ? [this.#progress] : []));
  }
}
