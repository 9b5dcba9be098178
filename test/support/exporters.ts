// SPDX-License-Identifier: MIT
// How two public Prometheus exporters read keepalived's files, restated as rules: mehdy/keepalived-exporter and
// gen2brain/keepalived_exporter. What they find is what monitoring shows.

/** Both: a ` VRRP Instance = NAME` line opens an instance, three blanks keep it open, anything else closes it. */
export function instancesOfData(text: string): Map<string, { values: Map<string, string>; addresses: string[] }> {
  const found = new Map<string, { values: Map<string, string>; addresses: string[] }>();
  let current: { values: Map<string, string>; addresses: string[] } | null = null;
  let key = '';
  for (const line of text.split('\n')) {
    if (line.startsWith(' VRRP Instance') && line.includes('=')) {
      current = { values: new Map(), addresses: [] };
      found.set((line.split('=')[1] ?? '').trim(), current);
    } else if (!line.startsWith('   ')) {
      current = null;
    } else if (current && line.startsWith('     ')) {
      if (key.startsWith('Virtual IP (')) current.addresses.push(line.trim());
    } else if (current) {
      const [name, value] = line.includes('=') ? line.split('=') : line.split(':');
      key = (name ?? '').trim();
      current.values.set(key, (value ?? '').trim());
    }
  }
  return found;
}

/** mehdy: the second blank-separated word after `dev` is the interface, the first the address. */
export function addressAndDevice(vip: string): [string, string] {
  const words = vip.split(' ');
  return [words[0] ?? '', words[2] ?? ''];
}

/** mehdy: ` VRRP Script = NAME`, then Status (BAD, GOOD) and State (idle, running …). */
export function scriptsOfData(text: string): Map<string, { status: string; state: string }> {
  const found = new Map<string, { status: string; state: string }>();
  let current: { status: string; state: string } | null = null;
  for (const line of text.split('\n')) {
    const [key = '', value = ''] = line.split('=').map((part) => part.trim());
    if (line.startsWith(' VRRP Script') && line.includes('=')) {
      current = { status: '', state: '' };
      found.set(value, current);
    } else if (!line.startsWith('   ')) current = null;
    else if (current && key === 'Status') current.status = value;
    else if (current && key === 'State') current.state = value;
  }
  return found;
}

/** Both: `VRRP Instance: NAME`, a section is a line with two blanks and a final colon, its values have four blanks and are whole numbers. */
export function statisticsOf(text: string): Map<string, Map<string, number>> {
  const found = new Map<string, Map<string, number>>();
  let current = new Map<string, number>();
  let section = '';
  for (const line of text.split('\n')) {
    const [key = '', value = ''] = line.split(':').map((part) => part.trim());
    if (line.startsWith('VRRP Instance')) {
      current = new Map();
      found.set(value, current);
    } else if (line.startsWith('  ') && line.endsWith(':')) section = key;
    else if (line.startsWith('  ')) {
      if (!/^[0-9]+$/.test(value)) throw new Error(`not a number: ${line}`);
      current.set(line.startsWith('    ') ? `${section}/${key}` : key, Number(value));
    }
  }
  return found;
}

/** Both decode an array of {data, stats} and take these keys as numbers. */
export const jsonNumbers = {
  data: ['vrid', 'state', 'wantstate', 'last_transition', 'garp_delay'],
  stats: [
    'advert_rcvd',
    'advert_sent',
    'become_master',
    'release_master',
    'packet_len_err',
    'advert_interval_err',
    'ip_ttl_err',
    'invalid_type_rcvd',
    'addr_list_err',
    'invalid_authtype',
    'authtype_mismatch',
    'auth_failure',
    'pri_zero_rcvd',
    'pri_zero_sent',
  ],
} as const;
