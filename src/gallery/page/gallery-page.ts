import { type Example, exampleGroups, type ExampleGroup, hero } from '../examples.js';
import { galleryStyle } from './gallery-style.js';

/** The gallery as one page without anything from elsewhere. All text in it is our own. */
export function galleryPage(): string {
  const groups = exampleGroups;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>What the image engine does</title>
<style>${galleryStyle}</style>
</head>
<body>
<main>
<header>
<div>
<h1>One photo, every operation</h1>
<p>Each picture below is made by this service from the one beside this text, by the query under it.</p>
<p><code>GET /v1/media/{id}/image?…</code></p>
<p>Operations can be combined freely; parameters and their limits are in the <a href="/docs">reference</a>.</p>
</div>
<img src="/docs/images/${hero.name}" alt="A sailing boat and a lighthouse at dusk">
</header>
<nav>${groups.map(({ title }) => `<a href="#${anchor(title)}">${escape(title)}</a>`).join('')}</nav>
${groups.map(section).join('\n')}
<footer>Made when this page is first opened, by the engine that serves <code>/v1/media/{id}/image</code>.</footer>
</main>
<script src="/docs/images/gallery.js" defer></script>
</body>
</html>
`;
}

function section({ title, text, examples }: ExampleGroup): string {
  return `<section id="${anchor(title)}">
<h2>${escape(title)}</h2>
<p>${escape(text)}</p>
<div class="grid">${examples.map(figure).join('\n')}</div>
</section>`;
}

function figure({ name, title, query, note }: Example): string {
  return `<figure>
<div class="frame"><img src="/docs/images/${name}" alt="${escape(title)}"></div>
<figcaption>
<div class="name"><h3>${escape(title)}</h3><p class="facts"></p></div>
<button type="button" data-copy="${escape(query)}" title="Copy the query"><code>${breakable(query)}</code></button>
${note === undefined ? '' : `<p class="note">${escape(note)}</p>`}
</figcaption>
</figure>`;
}

/** Lines may end after each parameter. */
function breakable(query: string): string {
  return escape(query).replaceAll('&amp;', '&amp;<wbr>');
}

function anchor(title: string): string {
  return title.toLowerCase().replaceAll(' ', '-');
}

function escape(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
    .replaceAll('&#38;', '&amp;');
}
