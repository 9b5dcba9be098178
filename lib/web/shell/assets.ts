// SPDX-License-Identifier: MIT
// The files of the page. packaging/bundle.mjs puts them into the bundle in place of this module.

import { readFileSync } from 'node:fs';

export interface Assets {
  readonly page: string;
  readonly style: string;
  readonly script: string;
  readonly icon: string;
}

/** Throws Error{code} when they are not there. */
export function readAssets(): Assets {
  const read = (name: string) => readFileSync(new URL(`../page/${name}`, import.meta.url), 'utf8');
  return { page: read('index.html'), style: read('style.css'), script: read('app.js'), icon: read('icon.svg') };
}
