// SPDX-License-Identifier: MIT
// The one writer of the table of nftables_ipvs: marks of groups and the rules that set them are changed together. Where nft or the
// kernel cannot, the groups' addresses are services of their own, as without the keyword, and that is said.

import type { Config } from '../../config/model.ts';
import type { Log } from '../../ports/log.ts';
import type { Tools } from '../../ports/tools.ts';
import { allocateMarks, type GroupMarks, markRules, noMarks, noRules } from './group-marks.ts';

export interface GroupRules {
  /** The rules of this configuration; the marks that hold from now on. Never rejects. */
  load(config: Config): Promise<GroupMarks>;
  /** Takes the rules away. */
  stop(): Promise<void>;
}

/** As IpvsOptions has it. */
type Namespace = string | null;

export function createGroupRules(tools: Tools, log: Log): GroupRules {
  let marks: GroupMarks = noMarks;
  let written: { readonly text: string; readonly table: string; readonly namespace: Namespace } | null = null;
  let said = '';

  const write = async (namespace: Namespace, text: string): Promise<string | null> => {
    const result = await runNft(tools, namespace, text);
    if (result.kind === 'not_started') return result.text;
    return result.status === 0 ? null : result.errors.split('\n')[0]?.trim() || `nft ended with status ${result.status}`;
  };

  return {
    async load(config) {
      const { nftables_ipvs: table, net_namespace_ipvs: namespace } = config.global_defs;
      if (table === null) return noMarks;
      const next = allocateMarks(config, marks);
      const text = markRules(config, next);
      if (text !== written?.text) {
        const fault = await write(namespace, text);
        // Nothing is marked: what cannot be cleared is not there either.
        if (fault !== null && next.size > 0) {
          const line = `nftables_ipvs: table ${table} could not be written (${fault}): each address of a group is a service of its own`;
          if (line !== said) log.warning(line);
          said = line;
          // What stands there marks packets for services that are going to be no more.
          if (written) await write(written.namespace, noRules(written.table));
          written = null;
          return noMarks;
        }
      }
      said = '';
      written = { text, table, namespace };
      marks = next;
      return marks;
    },
    async stop() {
      if (!written) return;
      const { table, namespace } = written;
      written = null;
      const fault = await write(namespace, noRules(table));
      if (fault !== null) log.warning(`nftables_ipvs: table ${table} could not be removed: ${fault}`);
    },
  };
}

/** Rules belong to where the packets arrive: the namespace that has the services. */
function runNft(tools: Tools, namespace: Namespace, text: string): ReturnType<Tools['run']> {
  const nft = ['-f', '-'];
  if (namespace === null) return tools.run('nft', nft, text);
  const file = namespace === '' ? '/proc/1/ns/net' : `/run/netns/${namespace}`;
  return tools.run('nsenter', [`--net=${file}`, 'nft', ...nft], text);
}
