// SPDX-License-Identifier: MIT
// Names of link groups, as iproute2 has them: /etc/iproute2/group, lines of NUMBER NAME.

import type { ConfigFiles } from '../ports/config-files.ts';

const tables = ['/etc/iproute2/group', '/usr/share/iproute2/group', '/usr/lib/iproute2/group'];
const most = 0x7fffffff;

/** A number, `default`, or a name of the table; null for an unknown one. */
export function linkGroup(word: string, files: ConfigFiles | null): number | null {
  if (/^[0-9]{1,10}$/.test(word)) return Number(word) <= most ? Number(word) : null;
  if (word === 'default') return 0;
  for (const path of tables) {
    const content = files?.read(path);
    if (!content?.ok) continue;
    for (const line of new TextDecoder().decode(content.value).split('\n')) {
      const [number = '', name] = line.replace(/#.*/, '').trim().split(/\s+/);
      if (name === word && /^(0x[0-9a-f]+|[0-9]+)$/i.test(number) && Number(number) <= most) return Number(number);
    }
  }
  return null;
}
