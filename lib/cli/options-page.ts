// SPDX-License-Identifier: MIT
// docs/reference/options.md, made from the table.

import { rows } from './options.ts';

/** Every option of the daemon that is for people; those between its processes are left out. */
export function optionsPage(): string {
  const lines = rows
    .filter(({ help }) => help !== 'internal')
    .map(({ short, long, value, metavar, help }) => {
      const wanted = value === 'none' ? '' : value === 'required' ? ` ${metavar}` : ` [${metavar}]`;
      return `| ${short ? `\`-${short}\`` : ''} | \`--${long}${wanted}\` | ${help.replaceAll('|', '\\|')} |`;
    });
  return `# Options

Made from lib/cli/options.ts by \`npm run docs\`: do not edit.

What the daemon takes, by the names of keepalived. A value in brackets may be left out; then it must be glued to its option where it is
given: \`-g/var/log/ka.log\`, \`--log-file=/var/log/ka.log\`. The commands of \`ka-ts\` have options of their own, which their \`--help\` tells.

| Short | Long | Meaning |
|---|---|---|
${lines.join('\n')}
`;
}
