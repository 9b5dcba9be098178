// SPDX-License-Identifier: MIT
// Rivals and deafness in words. keepalived has none for them.

import { exhaustive } from '../base/result.ts';
import type { Micros } from '../base/time.ts';
import type { Ending, Trouble, TroubleNews } from './core/troubles.ts';

export interface TroublePlace {
  readonly vrid: number;
  readonly interface: string | null;
  /** Of the adverts. */
  readonly group: string;
  /** Ours. */
  readonly priority: number;
  readonly now: Micros;
}

/** Without the name of the instance. */
export function troubleText(news: TroubleNews, place: TroublePlace): string {
  return news.over ? overText(news.trouble, news.ending, news.lasted) : beginText(news.trouble, place);
}

/** `192.0.2.2 (02:00:00:00:00:02)` */
function nameOf({ address, mac }: Trouble): string {
  return mac === null ? `${address}` : `${address} (${mac})`;
}

function beginText(t: Trouble, { vrid, interface: name, group, priority, now }: TroublePlace): string {
  switch (t.why) {
    case 'two_active':
      return `${nameOf(t)} goes on advertising priority ${t.priority} while this router is MASTER with ${priority}: it does not hear us, or does not give way; run ka-ts doctor on both`;
    case 'other_addresses':
      return `${nameOf(t)} advertises VRID ${vrid} with other addresses: another cluster, or another configuration?`;
    case 'refused':
      return `adverts of ${nameOf(t)} for VRID ${vrid} are refused (${t.reason.replaceAll('_', ' ')}): another cluster, or another configuration?`;
    case 'claim':
      return `${t.address} is answered by ${t.mac} too: a second master, or a host with this address?`;
    case 'peer_silent':
      return `nothing heard from ${nameOf(t)}, priority ${t.priority}, for ${secondsOf(now - t.since)} seconds, and it said no farewell, although ${name ?? 'the network'} is up: it died, or this router does not hear it; run ka-ts doctor`;
    case 'dropped_here':
      return `adverts of ${nameOf(t)}, priority ${t.priority}, arrive on ${name ?? 'the link'} and do not reach this router: a packet filter of this host drops them, or rp_filter does; run ka-ts doctor`;
    case 'not_a_member':
      return `nobody on this host is a member of ${group} on ${name ?? 'the link'} any more: adverts of others are not received; joining it again`;
    default:
      return exhaustive(t);
  }
}

const endings: Readonly<Record<Ending, string>> = {
  silent: 'nothing more was heard of it',
  gave_way: 'this router is MASTER no more',
  farewell: 'it said farewell',
  accepted: 'its adverts are accepted now',
  heard: 'adverts are received',
  member: 'the membership is back',
  left: 'it is not looked at any more',
  arrives_no_more: 'its adverts do not arrive any more',
};

function overText(t: Trouble, ending: Ending, lasted: Micros): string {
  const who = t.address === null ? '' : `${nameOf(t)}: `;
  return `${who}${endings[ending]} (after ${secondsOf(lasted)} seconds)`;
}

function secondsOf(time: number): string {
  return (time / 1e6).toFixed(1);
}
