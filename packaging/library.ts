// SPDX-License-Identifier: MIT
// npm run build:library: dist/library, what `import { … } from 'ka-ts'` finds: one module and its declarations. With --report it writes
// docs/reference/library.md anew from the declarations.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
export const reportFile = join(root, 'docs/reference/library.md');

/** Writes module and declarations into `folder`. */
export async function buildLibrary(folder: string): Promise<void> {
  const tsc = join(root, 'node_modules/.bin/tsc');
  execFileSync(tsc, ['-p', join(root, 'tsconfig.library.json'), '--outDir', join(folder, 'types')], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  await build({
    entryPoints: [join(root, 'lib/library.ts')],
    outfile: join(folder, 'index.js'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    legalComments: 'eof',
    logLevel: 'warning',
  });
}

/** The public declarations as text: the entry, and each module that its names come from, once. */
export function publicDeclarations(folder: string): string {
  const types = join(folder, 'types');
  const entry = join(types, 'library.d.ts');
  const sections = [entry, ...modulesNamedBy(entry)].map((file) => `// ${relative(types, file)}\n${declarationsOf(file)}`);
  return `${sections.join('\n\n')}\n`;
}

function modulesNamedBy(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/^export .* from '(\.[^']*)\.(?:js|ts)';$/gm)]
    .map(([, path]) => join(dirname(file), `${path}.d.ts`))
    .filter((one, i, all) => all.indexOf(one) === i)
    .sort();
}

/** Without comments: words may get better without a new version. */
function declarationsOf(file: string): string {
  return readFileSync(file, 'utf8')
    .replace(/\/\*\*[\s\S]*?\*\//g, '')
    .replace(/^\/\/.*$/gm, '')
    .replace(/\n\s*\n+/g, '\n')
    .trim();
}

/** Compiled and run by a test. */
export const example = `import { initial, micros, readConfiguration, settingsOf, step } from 'ka-ts';

const { config, findings } = readConfiguration({ file: '/etc/keepalived/keepalived.conf' });
for (const finding of findings) console.log(finding.severity, finding.message);
for (const router of config?.vrrp_instance ?? []) {
  const settings = settingsOf(router);
  // No clock and no socket inside: the same events give the same effects.
  const begin = { kind: 'startup', at: micros(0), source: null, faults: [], trackingDelta: 0, waiting: false, notBefore: micros(0) } as const;
  const [machine, effects] = step(initial(settings), settings, begin);
  console.log(router.name, machine.state, effects.map(({ kind }) => kind).join(' '));
}
`;

export function reportPage(folder: string): string {
  return `# ka-ts as a library

\`\`\`ts
${example}\`\`\`

The configuration parser, \`planReload\`, the machine of one virtual router (RFC 9568 words), and the codec of the daemon, which needs
the addon. What is declared below keeps its meaning within a major version; a test compares it with the sources. Everything else
in the package is the daemon's own business.

\`\`\`ts
${publicDeclarations(folder)}\`\`\`

Made by \`npm run build:library -- --report\`: do not edit.
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = join(root, 'dist', 'library');
  await buildLibrary(folder);
  if (process.argv.includes('--report')) writeFileSync(reportFile, reportPage(folder));
}
