// SPDX-License-Identifier: MIT
// OpenIpvs over the addon; loads the kernel's module where it is missing.

import { errorCode } from '../base/errors.ts';
import type { NativeAddon } from '../native/surface.ts';
import type { Ipvs, IpvsOptions, OpenIpvs } from '../ports/ipvs.ts';
import type { Tools } from '../ports/tools.ts';

export function createIpvs(native: Pick<NativeAddon, 'openIpvs'>, tools: Tools): OpenIpvs {
  return async (options) => inOrder(await opened(native, tools, options));
}

async function opened(native: Pick<NativeAddon, 'openIpvs'>, tools: Tools, options: IpvsOptions): Promise<Ipvs> {
  try {
    return native.openIpvs(options);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
  const result = await tools.run('modprobe', ['-s', '--', 'ip_vs'], '');
  try {
    return native.openIpvs(options);
  } catch (cause) {
    if (errorCode(cause) !== 'ENOENT') throw cause;
    const why = result.kind === 'ended' ? `modprobe ip_vs ended with status ${result.status}` : result.text;
    throw Object.assign(new Error(`this kernel has no IPVS (${why})`, { cause }), { code: 'ENOENT' });
  }
}

/** The addon runs calls on a pool of threads: each waits here for the one before it. */
function inOrder(ipvs: Ipvs): Ipvs {
  let last: Promise<unknown> = Promise.resolve();
  const after = <T>(call: () => Promise<T>): Promise<T> => {
    const result = last.then(call);
    last = result.catch(() => {});
    return result;
  };
  return {
    apply: (messages) => after(() => ipvs.apply(messages)),
    read: () => after(() => ipvs.read()),
    readService: (key) => after(() => ipvs.readService(key)),
    timeouts: () => after(() => ipvs.timeouts()),
    daemons: () => after(() => ipvs.daemons()),
    close: () => void after(async () => ipvs.close()),
  };
}
