import { App } from './app.js';

const root = document.querySelector<HTMLElement>('#app') ?? document.body;

new App(root).start();
