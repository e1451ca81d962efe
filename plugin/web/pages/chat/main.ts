import { el } from '../shared/dom.js';
import { App } from './app.js';
import { fetchJson, readConfig } from './config.js';
import { strings } from './strings.js';

const root = document.querySelector<HTMLElement>('#app') ?? document.body;

const config = await readConfig(new URL(location.href), fetchJson);
if (typeof config !== 'string') new App(root, config).start();
else {
  const why = el('p', { class: 'form-error', role: 'alert' }, strings.enter.obstacles[config]);
  root.replaceChildren(el('main', { class: 'enter' }, why));
}
