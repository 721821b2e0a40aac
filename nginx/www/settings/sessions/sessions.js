// The list of devices in a page of the site's own, of the same origin:
//
//   <script src="/settings/sessions/sessions.js" type="module"></script>
//   <session-list><a href="/settings/sessions/">Your devices</a></session-list>
//
// It does all that the page does, connecting devices and signing out too, in a shadow root: the site's styles leave it
// alone, and theme.css and texts.<language>.json change it as they change the page. Colours can be set on the element, too:
// `session-list { --accent: #7b2d8b; }`. Until it is loaded, and where it cannot be, what stands in the element is shown.
// A policy of the site's page needs no more than script-src, style-src and connect-src 'self'; Trusted Types may be required.
// One element a page.
import { make, setRoot } from './nodes.js';

const at = (file) => new URL(file, import.meta.url);

// Loads markup as a document: markup from a text would need a policy of Trusted Types.
function load(url) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('GET', url);
    request.responseType = 'document';
    request.addEventListener('load', () => (request.status === 200 && request.response ? resolve(request.response) : reject(new Error(`${url}: ${request.status}`))));
    request.addEventListener('error', () => reject(new Error(`${url} cannot be had`)));
    request.send();
  });
}

// Resolves when a style sheet is there, or is known not to be.
function style(file) {
  const link = document.createElement('link');
  Object.assign(link, { rel: 'stylesheet', href: at(file) });
  return [link, new Promise((resolve) => { link.addEventListener('load', resolve); link.addEventListener('error', resolve); })];
}

class SessionList extends HTMLElement {
  async connectedCallback() {
    if (this.begun) return;
    this.begun = true;
    const page = await load(at('./'));
    const root = this.attachShadow({ mode: 'open' });
    const [[look, looked], [theme, themed]] = [style('style.css'), style('theme.css')];
    const column = make('div', 'column', ...page.querySelector('main').childNodes); // the site's page has a <main>
    const parts = [page.querySelector('.top'), column, page.querySelector('#confirm')];
    for (const part of parts) part.hidden = true; // until its styles are there
    root.append(look, theme, ...parts);
    await Promise.all([looked, themed]);
    for (const part of parts) part.hidden = false;
    setRoot(root);
    await import('./app.js');
  }
}

customElements.define('session-list', SessionList);
