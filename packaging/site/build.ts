// SPDX-License-Identifier: MIT
// npm run site: build/site, README and docs/ as pages that need no server and no network. The Markdown stays what is written;
// this only lays it out, with the table of contents at its side.

import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Marked, type Tokens } from 'marked';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Page {
  /** Path of the Markdown from the root of the repository. */
  readonly source: string;
  readonly target: string;
  readonly title: string;
  readonly section: string;
}

/** In this order at the side; what is in none of them comes last. */
const sections: readonly (readonly [folder: string, title: string])[] = [
  ['', 'ka-ts'],
  ['docs/operations', 'Operations'],
  ['docs/reference', 'Reference'],
  ['docs', 'How it works'],
  ['docs/decisions', 'Decisions'],
  ['docs/conformance', 'Conformance'],
];
const first = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md'];

function markdownFiles(): string[] {
  const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`)
    .sort();
  return [...first, ...docs];
}

function pageOf(source: string): Page {
  const text = readFileSync(join(root, source), 'utf8');
  const title = /^# (.*)$/m.exec(text)?.[1] ?? source;
  const folder = dirname(source) === '.' ? '' : dirname(source);
  const section = sections.find(([name]) => name === folder)?.[1] ?? 'More';
  const target = source === 'README.md' ? 'index.html' : source.replace(/\.md$/, '.html');
  return { source, target, title: source === 'README.md' ? 'Overview' : title, section };
}

/** As a forge makes them: `## The root level` is #the-root-level. */
export function anchorOf(heading: string, taken: Map<string, number>): string {
  const plain = heading
    .replace(/[`*]|<[^>]*>/g, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-');
  const count = taken.get(plain) ?? 0;
  taken.set(plain, count + 1);
  return count === 0 ? plain : `${plain}-${count}`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

function contentOf(page: Page, pages: ReadonlyMap<string, Page>): string {
  const taken = new Map<string, number>();
  const marked = new Marked({ gfm: true });
  const here = posix.dirname(page.source);
  marked.use({
    renderer: {
      heading({ tokens, depth, text }: Tokens.Heading) {
        const id = anchorOf(text, taken);
        return `<h${depth} id="${escaped(id)}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
      table(token: Tokens.Table) {
        const row = (cells: readonly Tokens.TableCell[], tag: string) =>
          `<tr>${cells.map((cell) => `<${tag}>${this.parser.parseInline(cell.tokens)}</${tag}>`).join('')}</tr>`;
        const body = token.rows.map((cells) => row(cells, 'td')).join('\n');
        // tabindex: what scrolls must be reachable without a mouse.
        return `<div class="wide" tabindex="0" role="group"><table><thead>${row(token.header, 'th')}</thead><tbody>${body}</tbody></table></div>\n`;
      },
      // What somebody else writes into these files is text.
      html: ({ text }: Tokens.HTML | Tokens.Tag) => escaped(text),
      link({ href, tokens }: Tokens.Link) {
        return `<a href="${escaped(linkTo(href))}">${this.parser.parseInline(tokens)}</a>`;
      },
    },
  });
  const linkTo = (href: string): string => {
    if (/^[a-z]+:|^#/.test(href)) return href;
    const [path = '', anchor] = href.split('#');
    const known = pages.get(posix.normalize(posix.join(here, path)));
    if (!known) return href;
    return `${relative(dirname(page.target), known.target) || 'index.html'}${anchor === undefined ? '' : `#${anchor}`}`;
  };
  return marked.parse(readFileSync(join(root, page.source), 'utf8'), { async: false });
}

function navigation(page: Page, pages: readonly Page[]): string {
  const titles = [...new Set([...sections.map(([, title]) => title), 'More'])];
  return titles
    .map((section) => {
      const items = pages.filter((p) => p.section === section);
      if (items.length === 0) return '';
      const links = items.map((p) => {
        const current = p === page ? ' aria-current="page"' : '';
        return `<li><a href="${escaped(relative(dirname(page.target), p.target))}"${current}>${escaped(p.title.replace(/[`*]/g, ''))}</a></li>`;
      });
      return `<details${items.includes(page) || section === 'ka-ts' || section === 'Operations' ? ' open' : ''}><summary>${escaped(section)}</summary><ul>${links.join('')}</ul></details>`;
    })
    .join('\n');
}

function layout(page: Page, pages: readonly Page[], content: string): string {
  const toRoot = relative(dirname(page.target), '.') || '.';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'self'; img-src 'self'">
<title>${escaped(page.title.replace(/[`*]/g, ''))} – ka-ts</title>
<link rel="stylesheet" href="${toRoot}/site.css">
</head>
<body>
<a class="skip" href="#content">To the content</a>
<header><a href="${toRoot}/index.html">ka-ts</a><span>virtual routers and load balancing, in keepalived's place</span></header>
<div class="sheet">
<nav aria-label="Pages">
${navigation(page, pages)}
</nav>
<main id="content">
${content}
</main>
</div>
</body>
</html>
`;
}

/** Writes the site; the paths of its pages. */
export function buildSite(folder: string): readonly string[] {
  const pages = markdownFiles().map(pageOf);
  const bySource = new Map(pages.map((page) => [page.source, page]));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const page of pages) {
    const file = join(folder, page.target);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, layout(page, pages, contentOf(page, bySource)));
  }
  cpSync(join(root, 'docs/plots'), join(folder, 'docs/plots'), { recursive: true });
  cpSync(join(root, 'docs/reference/config.schema.json'), join(folder, 'docs/reference/config.schema.json'));
  cpSync(join(root, 'packaging/site/site.css'), join(folder, 'site.css'));
  return pages.map(({ target }) => target);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = process.argv[2] ?? join(root, 'build', 'site');
  console.log(`${buildSite(folder).length} pages in ${folder}`);
}
