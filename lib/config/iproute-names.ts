// SPDX-License-Identifier: MIT
// Names of routing tables, protocols and so on, from the tables of iproute2 (reference: configuration language, section 6).
// A table is read when the first name is looked up in it; a configuration with numbers reads none.

import type { ConfigFiles } from '../ports/config-files.ts';
import { decodeText } from './source.ts';

export type NameTable = 'rt_tables' | 'rt_scopes' | 'rt_protos' | 'rt_realms' | 'rt_dsfield' | 'group' | 'protocols';

export interface Names {
  /** The number of a name; null when no table knows it. */
  lookUp(table: NameTable, name: string): number | null;
}

/** Where distributions put the packaged tables; the first that has one counts. */
const packaged = ['/usr/share/iproute2', '/usr/lib/iproute2'];
const local = '/etc/iproute2';

/** What the kernel itself defines: known without any file. */
const builtIn: Readonly<Partial<Record<NameTable, Readonly<Record<string, number>>>>> = {
  rt_tables: { unspec: 0, default: 253, main: 254, local: 255 },
  rt_scopes: { global: 0, site: 200, link: 253, host: 254, nowhere: 255 },
  rt_protos: { unspec: 0, redirect: 1, kernel: 2, boot: 3, static: 4, keepalived: 18 },
  group: { default: 0 },
  protocols: { icmp: 1, igmp: 2, ipip: 4, tcp: 6, udp: 17, dccp: 33, ipv6: 41, gre: 47, esp: 50, ah: 51, 'ipv6-icmp': 58, vrrp: 112 },
};

/** `usr`, `etc`: folders given by iproute_usr_dir and iproute_etc_dir; null: the usual ones. */
export function createNames(files: ConfigFiles | null, usr: string | null, etc: string | null): Names {
  const read = new Map<NameTable, ReadonlyMap<string, number>>();
  const textOf = (path: string): string => {
    const content = files?.read(path);
    return content?.ok ? decodeText(content.value) : '';
  };
  const folder = (dir: string, table: NameTable): string[] => [
    textOf(`${dir}/${table}`),
    ...(files?.glob(`${dir}/${table}.d/*.conf`, '/') ?? []).map(textOf),
  ];
  const load = (table: NameTable): ReadonlyMap<string, number> => {
    const texts =
      table === 'protocols'
        ? [textOf('/etc/protocols')]
        : [...(usr === null ? packaged.toReversed() : [usr]).flatMap((dir) => folder(dir, table)), ...folder(etc ?? local, table)];
    const names = new Map(Object.entries(builtIn[table] ?? {}));
    // Later files win: the local folder overrides the packaged one.
    for (const text of texts) for (const [name, number] of linesOf(text, table === 'protocols')) names.set(name, number);
    return names;
  };
  return {
    lookUp(table, name) {
      let names = read.get(table);
      if (!names) {
        names = load(table);
        read.set(table, names);
      }
      return names.get(name) ?? null;
    },
  };
}

/** iproute2: NUMBER NAME; protocols(5): NAME NUMBER ALIASES. */
function* linesOf(text: string, nameFirst: boolean): Generator<readonly [string, number]> {
  for (const line of text.split('\n')) {
    const [a = '', b = '', ...aliases] = line.replace(/#.*/, '').trim().split(/\s+/);
    const [number, name] = nameFirst ? [b, a] : [a, b];
    if (name === '' || !/^(0x[0-9a-fA-F]+|[0-9]+)$/.test(number)) continue;
    yield [name, Number(number)];
    if (nameFirst) for (const alias of aliases) yield [alias, Number(number)];
  }
}
