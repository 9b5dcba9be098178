// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { anchorOf, buildSite } from '../../../packaging/site/build.ts';

describe('the pages of the documentation', () => {
  let folder: string;
  let pages: readonly string[];
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'ka-site-'));
    pages = buildSite(folder);
  });
  after(() => rmSync(folder, { recursive: true }));

  const html = (page: string) => readFileSync(join(folder, page), 'utf8');

  it('link to pages, headings and pictures that exist', () => {
    const broken: string[] = [];
    for (const page of pages) {
      for (const [, target = ''] of html(page).matchAll(/(?:href|src)="([^"]*)"/g)) {
        if (/^(https?|mailto):/.test(target)) continue;
        const [path = '', anchor] = target.split('#');
        const file = join(folder, path === '' ? page : join(dirname(page), path));
        // What belongs to the repository and not to the documentation is looked for there.
        const found = existsSync(file) || existsSync(join(dirname(join(import.meta.dirname, '../../..', page)), path));
        if (!found) broken.push(`${page}: ${target}`);
        else if (anchor !== undefined && file.endsWith('.html') && !readFileSync(file, 'utf8').includes(`id="${anchor}"`))
          broken.push(`${page}: ${target}`);
      }
    }
    assert.deepEqual(broken, []);
  });

  it('run no script and load nothing from elsewhere', () => {
    for (const page of pages) {
      assert.ok(html(page).includes("default-src 'none'"), page);
      assert.doesNotMatch(html(page), /<script|src="https?:|<link[^>]*href="https?:/);
    }
  });

  it('have anchors as a forge makes them', () => {
    const taken = new Map<string, number>();
    assert.equal(anchorOf('The `root` level', taken), 'the-root-level');
    assert.equal(anchorOf('The root level', taken), 'the-root-level-1');
    assert.equal(anchorOf('virtual_server, real_server', taken), 'virtual_server-real_server');
  });
});
