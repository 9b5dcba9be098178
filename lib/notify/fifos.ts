// SPDX-License-Identifier: MIT
// The FIFOs of one process and the scripts that read them: opened at the start and anew at each reload, as readers of
// keepalived expect (reference: notifications document, section 2).

import { errorText } from '../base/errors.ts';
import { milliseconds } from '../base/time.ts';
import type { NotifyDefs, NotifyFifo, Script } from '../config/model.ts';
import type { Clock } from '../ports/clock.ts';
import type { Fifos } from '../ports/fifos.ts';
import type { Log } from '../ports/log.ts';
import type { Processes, RunningProcess } from '../ports/processes.ts';
import { createFifoWriter, type FifoWriter } from './fifo-writer.ts';
import { commandOf } from './script-jobs.ts';

/** Of a FIFO that is removed its reader gets the rest and then its end; who stays longer is told to go. */
const farewell = milliseconds(500);

export interface EventFifos {
  /** Closes what is open and opens what the configuration says. */
  open(defs: NotifyDefs): void;
  /** To all. */
  write(line: string): void;
  /** Resolves when the scripts have ended; the caller bounds it. */
  close(): Promise<void>;
}

export interface FifoContext {
  readonly fifos: Fifos;
  readonly processes: Processes;
  readonly clock: Clock;
  readonly log: Log;
}

interface Channel {
  readonly writer: FifoWriter;
  readonly made: boolean;
  readonly reader: Reader | null;
}

interface Reader {
  readonly process: RunningProcess;
  /** Its end is expected. */
  dismissed: boolean;
  readonly ended: Promise<void>;
}

/** `kind`: whose events they are, as in keepalived's words. */
export function createEventFifos(kind: 'vrrp' | 'lvs', context: FifoContext): EventFifos {
  const { clock, log } = context;
  let channels: Channel[] = [];

  const start = (path: string, script: Script): Reader => {
    let finished = () => {};
    const ended = new Promise<void>((resolve) => {
      finished = resolve;
    });
    const reader: Reader = {
      ended,
      dismissed: false,
      process: context.processes.run({
        ...commandOf(script, [path], log),
        timeout: null,
        onExit: (result) => {
          finished();
          if (result.kind === 'not_started') log.alert(`${kind} notify fifo script could not be started: ${result.text}`);
          else if (!reader.dismissed) log.info(`${kind} notify fifo script terminated`);
        },
      }),
    };
    return reader;
  };

  const openOne = (fifo: NotifyFifo | null, script: Script | null, prefix: string) => {
    if (!fifo) return;
    const label = `${prefix}notify fifo`;
    try {
      const opened = context.fifos.open(fifo.path, fifo.owner);
      if (opened === 'foreign') return log.info(`${label} ${fifo.path} is not a fifo we own - not using`);
      const writer = createFifoWriter(opened, label, clock, log);
      channels.push({ writer, made: opened.made, reader: script && start(fifo.path, script) });
    } catch (error) {
      log.info(`Unable to open ${label} ${fifo.path} - ${errorText(error)}`);
    }
  };

  const closeAll = (): Promise<unknown> => {
    const closing = channels;
    channels = [];
    return Promise.all(closing.map(closeOne));
  };

  const closeOne = ({ writer, made, reader }: Channel): Promise<void> => {
    writer.close();
    if (!reader) return Promise.resolve();
    reader.dismissed = true;
    // A FIFO that stays has a next reader, which this one must not take lines from.
    const cancel = made ? clock.after(farewell, () => reader.process.terminate()) : reader.process.terminate();
    return reader.ended.then(() => cancel?.());
  };

  return {
    open(defs) {
      void closeAll();
      openOne(defs.notify_fifo, defs.notify_fifo_script, '');
      if (kind === 'vrrp') openOne(defs.vrrp_notify_fifo, defs.vrrp_notify_fifo_script, 'vrrp ');
      else openOne(defs.lvs_notify_fifo, defs.lvs_notify_fifo_script, 'lvs ');
    },
    write(line) {
      for (const { writer } of channels) writer.write(line);
    },
    close: () => closeAll().then(() => {}),
  };
}
