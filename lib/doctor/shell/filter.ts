// SPDX-License-Identifier: MIT
// The packet filter of this network namespace: nftables, which iptables of today writes too, and the older iptables where
// its tables are in the kernel.

import { errorText } from '../../base/errors.ts';
import type { Tools } from '../../ports/tools.ts';
import type { Facts } from '../core/facts.ts';
import type { Chain } from '../core/firewall.ts';
import { readIptables } from '../core/iptables.ts';
import { readNft } from '../core/nft.ts';
import { textOf } from './proc.ts';

export async function readFilter(tools: Tools): Promise<Pick<Facts, 'chains' | 'filterUnread'>> {
  const chains: Chain[] = [];
  const complaints: string[] = [];
  const nft = await tools.run('nft', ['-j', 'list', 'ruleset'], '');
  if (nft.kind === 'ended' && nft.status === 0) {
    try {
      chains.push(...readNft(nft.output.trim() || '{}'));
    } catch (error) {
      complaints.push(`nft -j list ruleset: ${errorText(error)}`);
    }
  } else if (textOf('/proc/modules').includes('nf_tables '))
    complaints.push(`nft -j list ruleset: ${nft.kind === 'ended' ? nft.errors.trim() : nft.text}`);
  for (const family of [4, 6] as const) {
    // Listing would load the module where nobody uses it.
    if (textOf(`/proc/net/ip${family === 4 ? '' : '6'}_tables_names`).trim() === '') continue;
    const saved = await tools.run(`ip${family === 4 ? '' : '6'}tables-legacy-save`, [], '');
    if (saved.kind === 'ended' && saved.status === 0) chains.push(...readIptables(saved.output, family));
    else complaints.push(`iptables-legacy-save: ${saved.kind === 'ended' ? saved.errors.trim() : saved.text}`);
  }
  return { chains, filterUnread: complaints.length > 0 ? complaints.join('; ') : null };
}
