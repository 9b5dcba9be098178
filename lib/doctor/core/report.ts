// SPDX-License-Identifier: MIT
// Findings as a person reads them.

import type { Paint } from '../../base/paint.ts';
import type { Facts, Finding, Severity } from './facts.ts';

const titles: Readonly<Record<Severity, string>> = { problem: 'PROBLEM', warning: 'WARNING', note: 'note' };

/** With a closing line. Texts from the network are addresses and numbers only: nothing in them needs escaping. */
export function reportText(findings: readonly Finding[], facts: Facts, paint: Paint): string {
  const colour: Readonly<Record<Severity, (text: string) => string>> = { problem: paint.red, warning: paint.yellow, note: paint.dim };
  const blocks = findings.map((f) =>
    [
      `${colour[f.severity](titles[f.severity])} ${f.instance === null ? '' : `(${f.instance}) `}${paint.bold(f.code)}`,
      `  seen   ${f.seen}`,
      `  means  ${f.means}`,
      ...f.mend.map((line, n) => `  ${n === 0 ? 'mend ' : '     '}  ${paint.cyan(line)}`),
      '',
    ].join('\n'),
  );
  const count = (severity: Severity) => findings.filter((f) => f.severity === severity).length;
  const listened = `listened ${(facts.listened / 1e6).toFixed(1)} s on ${facts.instances.length} instance${facts.instances.length === 1 ? '' : 's'}`;
  const [problems, warnings] = [count('problem'), count('warning')];
  const said =
    problems + warnings === 0
      ? paint.green('nothing wrong was found')
      : [
          problems > 0 ? paint.red(`${problems} problem${problems === 1 ? '' : 's'}`) : '',
          warnings > 0 ? paint.yellow(`${warnings} warning${warnings === 1 ? '' : 's'}`) : '',
        ]
          .filter(Boolean)
          .join(', ');
  return `${blocks.join('\n')}${blocks.length > 0 ? '\n' : ''}${said} (${listened})\n`;
}
