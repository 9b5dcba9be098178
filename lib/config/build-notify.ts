// SPDX-License-Identifier: MIT
// FIFOs, their scripts, and the scripts around the life of the daemon (reference: notifications document, section 2;
// process document, section 11).

import type { Command } from './args.ts';
import { type BuildContext, notice } from './build-context.ts';
import type { ScriptBuilder } from './build-scripts.ts';
import { type Block, placeOf, valueIn } from './keyword.ts';
import { globalDefs } from './keywords/global-defs.ts';
import type { NotifyDefs, NotifyFifo, Script, ScriptUser } from './model.ts';
import type { Place } from './report.ts';

type FifoKey = 'notify_fifo' | 'vrrp_notify_fifo' | 'lvs_notify_fifo';
type ScriptKey = `${FifoKey}_script` | 'startup_script' | 'shutdown_script';

/** Whose scripts they are, for the finding about security. */
export interface NotifyBuilders {
  readonly edge: ScriptBuilder;
  readonly vrrp: ScriptBuilder;
  readonly lvs: ScriptBuilder;
}

export function buildNotifyDefs(block: Block<typeof globalDefs> | null, builders: NotifyBuilders, context: BuildContext): NotifyDefs {
  const get = <K extends keyof typeof globalDefs & string>(key: K) => valueIn(globalDefs, block, key);

  const startup_script = scriptOf('startup_script', get('startup_script'), builders.edge);
  const shutdown_script = scriptOf('shutdown_script', get('shutdown_script'), builders.edge);
  const notify_fifo = fifoOf('notify_fifo', builders.vrrp);
  const vrrp_notify_fifo = unlessShared('vrrp_notify_fifo', fifoOf('vrrp_notify_fifo', builders.vrrp));
  const lvs_notify_fifo = unlessShared('lvs_notify_fifo', fifoOf('lvs_notify_fifo', builders.lvs));
  const vrrp_notify_fifo_script = readerOf('vrrp_notify_fifo', vrrp_notify_fifo, builders.vrrp);
  return {
    notify_fifo,
    notify_fifo_script: readerOf('notify_fifo', notify_fifo, builders.vrrp),
    vrrp_notify_fifo,
    vrrp_notify_fifo_script,
    lvs_notify_fifo,
    lvs_notify_fifo_script: lvsReader(),
    startup_script,
    startup_script_timeout: get('startup_script_timeout'),
    shutdown_script,
    shutdown_script_timeout: get('shutdown_script_timeout'),
    vrrp_notify_priority_changes: get('vrrp_notify_priority_changes'),
    fifo_write_vrrp_states_on_reload: get('fifo_write_vrrp_states_on_reload'),
  };

  function scriptOf(key: ScriptKey, command: Command | undefined, builder: ScriptBuilder): Script | null {
    if (!command || !block) return null;
    const { script } = builder.script(command, placeOf(block, key));
    if (!script) drop(placeOf(block, key), key, 'it is not run');
    return script;
  }

  function drop(place: Place, key: ScriptKey, effect: string): void {
    notice(context, place, 'notify-dropped', `${key} is not run`, { word: key, effect });
  }

  function fifoOf(key: FifoKey, builder: ScriptBuilder): NotifyFifo | null {
    const wanted: { path: string; user: ScriptUser | null } | undefined = get(key);
    if (!wanted || !block) return null;
    const kind = key.replace('notify_fifo', '');
    const text = `Invalid user/group for ${kind} fifo ${wanted.path} - ignoring`;
    const owner = builder.owner(wanted.user, placeOf(block, key), text);
    return owner === 'unknown' ? null : { ...wanted, owner };
  }

  /** Who writes all events and who writes some must not write to the same pipe. */
  function unlessShared(key: FifoKey, fifo: NotifyFifo | null): NotifyFifo | null {
    if (!fifo || !block || fifo.path !== notify_fifo?.path) return fifo;
    notice(context, placeOf(block, key), 'fifo-shared', `${key} ${fifo.path} is the notify_fifo already - ignoring`, {
      word: fifo.path,
      effect: `the events of ${key} go to notify_fifo, as all do`,
    });
    return null;
  }

  /** A script without its FIFO has nothing to read. */
  function readerOf(key: FifoKey, fifo: NotifyFifo | null, builder: ScriptBuilder): Script | null {
    const command = get(`${key}_script`);
    if (!command || !block) return null;
    if (fifo) return scriptOf(`${key}_script`, command, builder);
    drop(placeOf(block, `${key}_script`), `${key}_script`, `there is no ${key} to read`);
    return null;
  }

  function lvsReader(): Script | null {
    if (
      lvs_notify_fifo &&
      vrrp_notify_fifo_script &&
      lvs_notify_fifo.path === vrrp_notify_fifo?.path &&
      block &&
      get('lvs_notify_fifo_script')
    ) {
      drop(placeOf(block, 'lvs_notify_fifo_script'), 'lvs_notify_fifo_script', 'the script of vrrp_notify_fifo reads the same FIFO');
      return null;
    }
    return readerOf('lvs_notify_fifo', lvs_notify_fifo, builders.lvs);
  }
}
