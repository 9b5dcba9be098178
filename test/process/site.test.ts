// SPDX-License-Identifier: MIT
// The documentation as pages (npm run site), as a browser shows them.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { buildSite } from '../../packaging/site/build.ts';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
};

describe('the pages of the documentation in a browser', function () {
  this.timeout(90_000);
  let folder: string;
  let pages: readonly string[];
  let server: Server;
  let origin: string;
  let browser: Browser;
  const complaints: string[] = [];

  const open = async (width: number, colorScheme: 'light' | 'dark'): Promise<Page> => {
    const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
    page.on('console', (message) => complaints.push(`${page.url()}: ${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`));
    page.on('requestfailed', (request) => complaints.push(`${page.url()}: ${request.url()} failed`));
    page.on('response', (response) => {
      if (response.status() !== 200) complaints.push(`${page.url()}: ${response.url()} ${response.status()}`);
    });
    return page;
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ka-site-'));
    pages = buildSite(folder);
    server = createServer((request, response) => {
      const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname));
      if (path === '/favicon.ico') {
        response.writeHead(200, { 'Content-Type': 'image/svg+xml' }).end('<svg xmlns="http://www.w3.org/2000/svg"/>');
        return;
      }
      try {
        const body = readFileSync(join(folder, path));
        response.writeHead(200, { 'Content-Type': types[extname(path)] ?? 'text/plain' }).end(body);
      } catch {
        response.writeHead(404).end();
      }
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  });
  after(async () => {
    await browser?.close();
    server?.close();
    server?.closeAllConnections();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const [width, scheme] of [
    [1280, 'light'],
    [390, 'dark'],
  ] as const)
    it(`fit ${width} pixels, ${scheme}, and load all that they show`, async () => {
      const page = await open(width, scheme);
      complaints.length = 0;
      const wide: string[] = [];
      for (const path of pages) {
        await page.goto(`${origin}/${path}`);
        const [scroll, pictures, title] = await page.evaluate<[number, number, string]>(`[
          document.scrollingElement.scrollWidth,
          [...document.images].filter((image) => image.naturalWidth === 0).length,
          document.querySelector('h1').innerText,
        ]`);
        if (scroll > width) wide.push(`${path}: ${scroll}`);
        assert.equal(pictures, 0, `${path}: a picture is missing`);
        assert.notEqual(title, '', path);
      }
      assert.deepEqual(wide, [], 'a page is wider than the screen');
      assert.deepEqual(complaints, []);
      if (process.env.KA_SCREENSHOTS) {
        await page.goto(`${origin}/index.html`);
        await page.screenshot({ path: join(process.env.KA_SCREENSHOTS, `site-${width}-${scheme}.png`) });
      }
      await page.close();
    });

  it('are dark where the reader wants that, and readable', async () => {
    const shades: number[] = [];
    for (const scheme of ['light', 'dark'] as const) {
      const page = await open(1280, scheme);
      await page.goto(`${origin}/index.html`);
      const [back, front] = await page.evaluate<[string, string]>(
        `[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.querySelector('main p')).color]`,
      );
      const ratio = contrast(luminance(back), luminance(front));
      assert.ok(ratio >= 7, `${scheme}: ${front} on ${back}, ${ratio.toFixed(1)}`);
      shades.push(luminance(back));
      await page.close();
    }
    assert.ok((shades[0] ?? 0) > 0.5 && (shades[1] ?? 1) < 0.1, shades.join(' '));
  });

  it('are walked through by keyboard and links', async () => {
    const page = await open(1280, 'light');
    await page.goto(`${origin}/index.html`);
    await page.keyboard.press('Tab');
    assert.match(await page.evaluate<string>('document.activeElement.innerText'), /To the content/);
    await page.keyboard.press('Enter');
    assert.equal(new URL(page.url()).hash, '#content');
    await page.click('nav >> text=From keepalived to ka-ts, and back');
    await page.waitForURL('**/docs/operations/migration.html');
    assert.match(await page.innerText('h1'), /From keepalived to ka-ts/);
    assert.equal(await page.getAttribute('nav a[aria-current]', 'href'), 'migration.html');
    await page.close();
  });
});

/** Relative luminance and contrast of WCAG 2. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? [])
    .slice(0, 3)
    .map((value) => Number(value) / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: number, b: number): number {
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}
