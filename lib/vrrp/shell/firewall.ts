// SPDX-License-Identifier: MIT
// The one writer of firewall rules: takes the plan of the moment, and lets nft or iptables write it, one run after the
// other and never more often than needed. Rules stand from the start, whatever the state: on a backup the addresses are not
// there and the rules match nothing, so a takeover waits for no program (decisions/0010).

import type { FirewallSettings } from '../../config/model.ts';
import type { Log } from '../../ports/log.ts';
import type { Tools } from '../../ports/tools.ts';
import type { FirewallPlan } from './firewall-plan.ts';
import { iptablesCommands, type SavedRules } from './iptables-rules.ts';
import { type NftSettings, nftCommands } from './nft-rules.ts';

export interface Firewall {
  /** The rules are to be these from now on; null: none at all. */
  apply(plan: FirewallPlan | null): void;
  /** An earlier run may have left rules. */
  suspectLeftovers(): void;
  /** Resolves when everything applied has been written, or at the deadline (milliseconds). */
  settled(timeout: number): Promise<void>;
}

/** What one program is to do; resolves to the reason why it could not. */
interface Writer {
  write(plan: FirewallPlan | null, before: FirewallPlan | null): Promise<string | null>;
}

const empty: FirewallPlan = { drop4: [], drop6: [], dropLinkLocal: [], vmacs4: [], vmacs6: [], shared: [] };
const defaultTable = 'keepalived';

export function createFirewall(settings: FirewallSettings, disableLocalIgmp: boolean, tools: Tools, log: Log): Firewall {
  let wanted: FirewallPlan | null = null;
  /** null: unknown. */
  let written: FirewallPlan | null = empty;
  let writer: Writer | null = null;
  let running: Promise<void> | null = null;
  let complained = '';

  const isDone = (): boolean => JSON.stringify(wanted ?? empty) === JSON.stringify(written);

  async function work(): Promise<void> {
    while (!isDone()) {
      writer ??= await chooseWriter(settings, disableLocalIgmp, tools, log);
      const plan = wanted;
      const fault = await writer.write(plan, written);
      if (fault !== null && fault !== complained) log.warning(`WARNING: the firewall rules could not be written: ${fault}`);
      complained = fault ?? '';
      // A second try with the same rules would fail the same way.
      written = plan ?? empty;
      if (fault !== null && wanted === plan) break;
    }
  }

  function start(): void {
    if (isDone()) return;
    running ??= work().then(() => {
      running = null;
      start();
    });
  }

  return {
    apply(plan) {
      wanted = plan;
      start();
    },
    suspectLeftovers() {
      written = null;
    },
    settled: (timeout) => {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, timeout);
      });
      return Promise.race([running ?? Promise.resolve(), late]).finally(() => clearTimeout(timer));
    },
  };
}

async function chooseWriter(settings: FirewallSettings, withoutIgmp: boolean, tools: Tools, log: Log): Promise<Writer> {
  const { nftables, vrrp_iptables, vrrp_ipsets } = settings;
  if (nftables !== null && vrrp_iptables) log.info('Both iptables and nftables have been specified - ignoring iptables');
  if (nftables === null && vrrp_iptables) {
    const version = await tools.run('iptables', ['--version'], '');
    if (version.kind === 'ended' && !version.output.includes('nf_tables')) {
      return iptablesWriter({ ...vrrp_iptables, sets: vrrp_ipsets, withoutIgmp }, tools);
    }
    if (version.kind === 'ended') log.info('Not using iptables since iptables uses nf_tables - please update configuration');
    else log.info(`Not using iptables (${version.text}) - using nftables`);
  }
  if (nftables === null && !vrrp_iptables) log.info('use_vmac or no_accept/strict specified, but no firewall configured - using nftables');
  return nftWriter({ ...settings, table: nftables ?? defaultTable, withoutIgmp }, tools);
}

function nftWriter(settings: NftSettings, tools: Tools): Writer {
  return {
    async write(plan, before) {
      const commands = nftCommands(plan ?? empty, before, settings);
      if (commands === '') return null;
      const result = await tools.run('nft', ['-f', '-'], commands);
      if (result.kind === 'not_started') return result.text;
      return result.status === 0 ? null : firstLine(result.errors);
    },
  };
}

function iptablesWriter(settings: Parameters<typeof iptablesCommands>[2], tools: Tools): Writer {
  return {
    async write(plan, before) {
      for (const { program, args, input, mayFail } of iptablesCommands(plan ?? empty, before ?? (await savedRules(tools)), settings)) {
        const result = await tools.run(program, args, input);
        if (mayFail) continue;
        if (result.kind === 'not_started') return result.text;
        if (result.status !== 0) return `${program}: ${firstLine(result.errors)}`;
      }
      return null;
    },
  };
}

/** Nothing where they cannot be listed. */
async function savedRules(tools: Tools): Promise<SavedRules> {
  const list = async (program: string): Promise<string> => {
    const result = await tools.run(program, ['-t', 'filter'], '');
    return result.kind === 'ended' && result.status === 0 ? result.output : '';
  };
  return { 4: await list('iptables-save'), 6: await list('ip6tables-save') };
}

function firstLine(text: string): string {
  return text.split('\n')[0]?.trim() || 'no reason was given';
}
