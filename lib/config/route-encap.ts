// SPDX-License-Identifier: MIT
// `encap`: the lightweight tunnel of a route or of one of its next hops.

import type { Args } from './keyword.ts';
import { parseCNumber } from './numbers.ts';
import { ipAddress, long, named, number, type RouteOption, readOption } from './route-options.ts';

const encapOptions: Readonly<Record<string, RouteOption>> = {
  id: long,
  dst: ipAddress,
  src: ipAddress,
  tos: named(255),
  tc: named(255),
  ttl: number(255),
  hoplimit: number(255),
  flags: number(65535),
};

/** Reads the words behind `encap` into `into` and gives the index behind them. A fault is reported, but the route is kept. */
export function readEncap(args: Args, start: number, into: string[]): number {
  const type = args.text(start) ?? '';
  const bad = (i: number, message: string) => {
    args.fault(i, {
      code: 'encap-invalid',
      class: 'GENERAL_ERROR',
      message,
      word: args.text(i) ?? null,
      expected: 'ip, ip6, mpls LABEL[/LABEL] or ila LOCATOR',
    });
    into.length = 0;
  };
  into.push(type);
  if (type === 'mpls' || type === 'ila') {
    const value = args.text(start + 1) ?? '';
    const good =
      type === 'mpls'
        ? value.split('/').length <= 2 && value.split('/').every((l) => (parseCNumber(l) ?? 1e9) <= 1048575 && l !== '')
        : /^[0-9a-fA-F]{1,4}(:[0-9a-fA-F]{1,4}){3}$/.test(value);
    into.push(value);
    if (!good) bad(start + 1, `invalid encap ${type} value ${value}`);
    return start + 2;
  }
  if (type !== 'ip' && type !== 'ip6') {
    bad(start, `unknown encap type ${type}`);
    return start + 1;
  }
  let i = start + 1;
  while (Object.hasOwn(encapOptions, args.text(i) ?? '')) {
    const word = args.text(i) ?? '';
    const option = encapOptions[word];
    const value = option ? readOption(args, i + 1, word, option, 'encap') : null;
    if (value === null) into.length = 0;
    else if (into.length > 0) into.push(word, value);
    i += 2;
  }
  if (into.length > 0 && !into.includes('dst') && !into.includes('id')) bad(start, `encap ${type} needs dst or id`);
  return i;
}
