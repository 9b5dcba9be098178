// SPDX-License-Identifier: MIT
// npm run licences: writes docs/reference/licences.md, what of others is in an installed ka-ts and under which licence.
// With --check it says what differs and ends with 1.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = join(root, 'docs', 'reference', 'licences.md');

/** Licences that ask for no more than their notice: nothing else may come in without a decision. */
const permitted = ['MIT', 'MIT-0', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', '0BSD', 'BlueOak-1.0.0'];

/** An SPDX expression: of several that one may choose from, one is enough. */
export function isPermitted(licence: string): boolean {
  const choices = licence.replace(/[()]/g, '').split(' OR ');
  return choices.some((choice) => permitted.includes(choice.trim()));
}

export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
}

interface LockEntry {
  readonly version: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
}

/** Packages that an installed ka-ts holds, from the lock file, sorted by name: `{ name, version, licence }`. */
export function installedPackages(): InstalledPackage[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, LockEntry> };
  const found: InstalledPackage[] = [];
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (path === '' || entry.dev || entry.devOptional) continue;
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    found.push({ name, version: entry.version, licence: licenceOf(path, entry) });
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.version < b.version ? -1 : 1));
}

/** The lock file lacks it where the package writes it in the old way. */
function licenceOf(path: string, entry: LockEntry): string {
  if (typeof entry.license === 'string') return entry.license;
  try {
    const own = JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8')) as { licenses?: { type: string }[] };
    return own.licenses?.[0]?.type ?? 'unknown';
  } catch {
    return 'unknown';
  }
}

export function licencesPage(): string {
  const rows = installedPackages().map(({ name, version, licence }) => `| ${name} | ${version} | ${licence} |`);
  return `# Licences of what ka-ts brings along

ka-ts itself is under the MIT licence (LICENSE). Made from package-lock.json by \`npm run licences\`: do not edit.
The single executable and the Debian package also hold Node.js (MIT, with the notices of V8, OpenSSL, libuv and others that
come with it). \`npm run --silent sbom\` prints the same as a CycloneDX bill of materials.

| Package | Version | Licence |
|---|---|---|
${rows.join('\n')}
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = licencesPage();
  if (!process.argv.includes('--check')) writeFileSync(page, text);
  else if (readFileSync(page, 'utf8') !== text) {
    console.error('docs/reference/licences.md is not what package-lock.json says: run "npm run licences"');
    process.exitCode = 1;
  }
}
