// SPDX-License-Identifier: MIT
// docs/reference/errors.md, made of the catalogue.

import type { CodeRow } from './codes.ts';

/** The whole configuration around the lines of an example. */
export function exampleText({ example = '', within = 'root' }: CodeRow): string {
  const inside = (depth: number) => example.replace(/^/gm, ' '.repeat(4 * depth));
  switch (within) {
    case 'root':
      return `${example}\n`;
    case 'global_defs':
      return `global_defs {\n${inside(1)}\n}\n`;
    case 'instance':
      return `vrrp_instance VI_1 {\n    interface eth0\n    virtual_router_id 51\n    virtual_ipaddress {\n        192.0.2.1\n    }\n${inside(1)}\n}\n`;
    case 'service':
      return `virtual_server 192.0.2.1 80 {\n    lvs_sched rr\n    protocol TCP\n    real_server 192.0.2.11 80 {\n    }\n${inside(1)}\n}\n`;
    case 'server':
      return `virtual_server 192.0.2.1 80 {\n    lvs_sched rr\n    lvs_method NAT\n    protocol TCP\n    real_server 192.0.2.11 80 {\n${inside(2)}\n    }\n}\n`;
  }
}

const places: Readonly<Record<NonNullable<CodeRow['within']>, string>> = {
  root: '',
  global_defs: 'in `global_defs`',
  instance: 'in a `vrrp_instance`',
  service: 'in a `virtual_server`',
  server: 'in a `real_server`',
};

/** Markdown, one section a code in alphabetical order. */
export function errorsPage(codes: Readonly<Record<string, CodeRow>>, cluster: Readonly<Record<string, string>>): string {
  const names = Object.keys(codes).sort();
  const sections = names.flatMap((code) => {
    const row = codes[code];
    return row ? [section(code, row)] : [];
  });
  return `# Findings

What \`ka-ts check\`, \`-t\` and a start say about a configuration, by code. This page is generated from the catalogue in
\`lib/config/codes.ts\` (\`KA_UPDATE=1 npx mocha test/unit/config/codes.test.ts\`); a test holds each example to its code.

| Severity | Means | Exit status of \`ka-ts check\` |
|---|---|---|
| fatal | the daemon does not start, or not with all of it | 1 |
| error | what is written is not used, or not as written; \`keepalived -t\` refuses the file | 1 |
| warning | it is used, but perhaps not as meant | 0; 1 with \`--strict\` |
| notice | nothing to repair | 0 |

The same code can be milder or stricter elsewhere than in its example.

${sections.join('\n')}
# Findings of several nodes

What \`ka-ts check NODE1.conf NODE2.conf ...\` says of configurations compared with each other.

| Code | Means |
|---|---|
${Object.entries(cluster)
  .map(([code, meaning]) => `| \`${code}\` | ${meaning} |`)
  .join('\n')}
`;
}

function section(code: string, row: CodeRow): string {
  const place = row.within && row.within !== 'root' ? `, ${places[row.within]}` : '';
  // Neither an endless line nor a control character helps a reader.
  const shown = row.example?.replace(/(x{20})x+/g, '$1…').replaceAll('\0', '␀');
  const example = shown === undefined ? '' : `\nExample${place}:\n\n\`\`\`\n${shown}\n\`\`\`\n`;
  return `## \`${code}\`\n\n**${row.severity}.** ${row.meaning}\n${example}`;
}
