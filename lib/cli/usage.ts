// SPDX-License-Identifier: MIT
// Texts of --help and --version. Both go to standard error, as keepalived's do.

import { Command, Option } from 'commander';
import { version, versionText } from '../base/version.ts';
import { rows } from './options.ts';

/** What this build can do, in keepalived's words, which scripts look for in the `Config options` line. */
const configOptions = ['VRRP', 'VRRP_AUTH'];

export interface Platform {
  readonly kernel: { readonly system: string; readonly release: string; readonly version: string };
  readonly distribution: string | null;
  readonly node: string;
}

export function helpText(): string {
  return `${describeCommand().helpInformation()}
Commands:
  ka-ts status                       the running daemon on one screen
  ka-ts top                          the same, live
  ka-ts watch                        what happens in it, a line each
  ka-ts explain WORD                 meaning, range, default and example of a keyword; or why an instance is what it is
  ka-ts doctor [INSTANCE]            why both are Active, or why nothing is heard
  ka-ts scan INTERFACE               which virtual routers are on a wire, and which VRIDs are free
  ka-ts replay FILE                  what the flight recorder kept, decided again
  ka-ts failover INSTANCE            others shall be MASTER, for a time or for good
  ka-ts maintenance on|off           the same for all instances
  ka-ts takeover on|off              this router shall be MASTER of all instances
  ka-ts priority INSTANCE N|reset    another priority than the configuration's
  ka-ts server ACTION POOL SERVER    drain, disable, enable, weight or reset: what a real server gets
  ka-ts operations                   what is changed by these
  ka-ts reload                       reload, and say what came of it
  ka-ts metrics                      figures of the running daemon, for Prometheus
  ka-ts check FILE...                what is wrong with configurations, and with the nodes of a cluster together
  ka-ts fmt FILE...                  configurations in canonical layout, comments kept
  ka-ts plan NEW.conf                what a reload would change, without doing it
  ka-ts apply NEW.conf               puts it in force; --confirm 60s: only if somebody says so in time
  ka-ts confirm                      what was applied stays
  ka-ts revert                       the configuration before comes back
  ka-ts migrate                      what changes when ka-ts takes keepalived's place on this machine
  ka-ts lab                          a cluster in network namespaces on this machine
                                     ka-ts COMMAND --help tells more
`;
}

/** The rows as a commander command, for its help. */
function describeCommand(): Command {
  const command = new Command('ka-ts');
  command.helpOption(false).allowExcessArguments(true).exitOverride().usage('[OPTION...]');
  for (const row of rows) {
    const value = row.value === 'none' ? '' : row.value === 'required' ? ` <${row.metavar}>` : ` [${row.metavar}]`;
    const flags = `${row.short ? `-${row.short}, ` : ''}--${row.long}${value}`;
    command.addOption(row.help === 'internal' ? new Option(flags).hideHelp() : new Option(flags, row.help));
  }
  return command;
}

/** The order of reference/cli-and-process.md section 1. */
export function versionBlock(platform: Platform): string {
  const { system, release, version: build } = platform.kernel;
  const lines = [
    versionText,
    '',
    `ka-ts ${version.own}, MIT licence`,
    '',
    `Running on ${system} ${release} ${build}, Node ${platform.node}`,
    ...(platform.distribution ? [`Distro: ${platform.distribution}`] : []),
    '',
    'configure options: ',
    '',
    `Config options:  ${configOptions.join(' ')}`,
    '',
    'System options:  ',
  ];
  return `${lines.join('\n')}\n`;
}
