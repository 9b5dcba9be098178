// SPDX-License-Identifier: MIT
// The network of one run: routers around a bridge, an observer beside them, and a place for the load.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Daemon, startDaemon } from '../lib/lab/daemon.ts';
import type { Host } from '../lib/lab/host.ts';
import { createNetwork } from '../lib/lab/network.ts';
import type { Candidate } from './candidates.ts';
import { type Observer, observe } from './observer.ts';

export interface Stage {
  /** Of this run alone, removed with it. */
  readonly directory: string;
  readonly observer: Observer;
  /** A host without a cable: whatever runs there only takes processor time. */
  readonly loadHost: Host;
  host(router: string): Host;
  /** Address of a router. */
  address(router: string): string;
  /** From now on these hosts do not hear each other, whatever they send; all others go on hearing everyone. */
  keepApart(hosts: readonly string[]): Promise<void>;
  /** All addresses that packets of a router may come from: its VLANs have their own. */
  sources(router: string): ReadonlySet<string>;
  /** Starts a candidate on a router; it ends with the stage. */
  start(router: string, candidate: Candidate, configuration: string, environment?: Readonly<Record<string, string>>): Daemon;
}

const blind: Observer = { seen: [], assertComplete: () => {}, close: () => {} };

/** The one interface of every router. */
export const ifname = 'eth0';
/** TEST-NET-2 (RFC 5737): routers from .1 on, the observer at .254, virtual addresses from .100 on. */
const network = '198.51.100';

/** The n-th virtual address, from 0 on, at most 99. */
export function virtualAddress(n: number): string {
  return `${network}.${100 + n}`;
}

export interface StageOptions {
  /** false: tens of thousands of frames a second would only keep the machine busy. */
  readonly observed?: boolean;
}

/** `body` on a stage of its own, which is gone afterwards in any case. Throws what `body` throws, or that frames were lost. */
export async function onStage<T>(
  routers: readonly string[],
  body: (stage: Stage) => Promise<T>,
  { observed = true }: StageOptions = {},
): Promise<T> {
  const address = (router: string) => `${network}.${1 + routers.indexOf(router)}`;
  const directory = mkdtempSync(join(tmpdir(), `ka-bench-${process.pid}-`));
  const tidy = () => rmSync(directory, { recursive: true, force: true });
  process.once('exit', tidy);
  const plugged = (name: string, own: string) => ({ name, interfaces: [{ name: ifname, addresses: [`${own}/24`] }] });
  try {
    const built = await createNetwork([
      ...routers.map((router) => plugged(router, address(router))),
      plugged('observer', `${network}.254`),
      { name: 'load', interfaces: [] },
    ]);
    try {
      const observer = observed ? observe(built.host('observer'), ifname) : blind;
      try {
        const result = await body({
          directory,
          observer,
          loadHost: built.host('load'),
          host: (router) => built.host(router),
          address,
          keepApart: (hosts) => built.partition(hosts, true),
          sources: (router) =>
            new Set([address(router), ...Array.from({ length: 8 }, (_, i) => `198.18.${i}.${1 + routers.indexOf(router)}`)]),
          start: (router, { command }, configuration, environment = {}) => {
            const file = join(directory, `${router}.conf`);
            writeFileSync(file, configuration);
            return startDaemon(built.host(router), { command, configuration: file, directory, environment });
          },
        });
        observer.assertComplete();
        return result;
      } finally {
        observer.close();
      }
    } finally {
      await built.destroy();
    }
  } finally {
    tidy();
    process.off('exit', tidy);
  }
}
