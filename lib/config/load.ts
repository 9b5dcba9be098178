// SPDX-License-Identifier: MIT
// The way in: files → configuration, findings, exit statuses, and the snapshot from which children build the same.

import type { ConfigFiles } from '../ports/config-files.ts';
import { buildConfig } from './build.ts';
import type { BuildContext } from './build-context.ts';
import { collectFindings, type Findings } from './findings.ts';
import { includeCheckNames, resolveMain } from './include.ts';
import type { Block } from './keyword.ts';
import type { IncludeCheckChange } from './keywords/include-check.ts';
import { homeOf, root } from './keywords/index.ts';
import { LimitExceeded } from './limits.ts';
import type { Config } from './model.ts';
import type { ConfigSnapshot, Loaded, LoadOptions } from './options.ts';
import { createReader, type Reader } from './preprocess.ts';
import { startExitStatus, testExitStatus } from './report.ts';
import { filesFromSnapshot, optionsFromSnapshot, type Recorder, recordAnswers } from './snapshot.ts';
import { type SourceFile, sourcesFrom } from './source.ts';
import { MissingParameter } from './statement.ts';
import { parseTree } from './tree.ts';

type OnOpen = (display: string, file: SourceFile) => void;

/** Reads, builds and checks. Never throws for anything a file contains; what is wrong is in the findings. */
export function loadConfig(files: ConfigFiles, options: LoadOptions): Loaded {
  const findings = collectFindings();
  const recorder = recordAnswers(files, options, options.seed ?? 0);
  const opened = new Map<string, SourceFile>();
  const filesRead: string[] = [];
  const onOpen: OnOpen = (display, file) => {
    if (!opened.has(display)) filesRead.push(display);
    opened.set(display, file);
  };
  const context: BuildContext = {
    findings,
    scripts: recorder.scripts,
    files: recorder.files,
    interfaces: options.interfaces ? new Map(options.interfaces.map((i) => [i.name, i])) : null,
  };
  const config = withinLimits(findings, () => {
    const tree = read(recorder, options, findings, onOpen);
    return tree && buildConfig(tree, context);
  });
  findings.close();
  const startStatus = startExitStatus(findings.list);
  return {
    config: startStatus === 0 && config ? keep(config, options) : null,
    findings: findings.list,
    testStatus: testExitStatus(findings.list),
    startStatus,
    filesRead,
    pathOf: (file) => opened.get(file)?.path ?? null,
    sourceLine: (file, line) => opened.get(file)?.lines.texts[line - 1] ?? null,
    snapshot: recorder.snapshot(),
  };
}

/** Builds from what a parent recorded: the same configuration and findings, nothing asked of the system. */
export function loadSnapshot(snapshot: ConfigSnapshot): Loaded {
  return loadConfig(filesFromSnapshot(snapshot), optionsFromSnapshot(snapshot));
}

/**
 * What was read as one text that means the same: includes in their place, definitions and conditions resolved, no comments.
 * `display` names of the files stand in comments where they begin.
 */
export function mergedText(snapshot: ConfigSnapshot): string {
  const options = optionsFromSnapshot(snapshot);
  const recorder = recordAnswers(filesFromSnapshot(snapshot), options, snapshot.options.seed);
  const findings = collectFindings();
  const lines: string[] = [];
  let depth = 0;
  withinLimits(findings, () => {
    const reader = readerOf(recorder, options, findings, (display) => lines.push(`# ${display}`));
    for (let line = reader.next(); line !== null; line = reader.next()) {
      if (line.text === '}') depth--;
      lines.push('  '.repeat(Math.max(0, depth)) + line.text);
      if (line.text === '{') depth++;
    }
    return null;
  });
  return `${lines.join('\n')}\n`;
}

/** The blocks as they are written, with the place of every setting: for messages that compare files. null: not readable. */
export function parseSnapshot(snapshot: ConfigSnapshot): Block<typeof root> | null {
  const files = filesFromSnapshot(snapshot);
  const options = optionsFromSnapshot(snapshot);
  const findings = collectFindings();
  return withinLimits(findings, () => read(recordAnswers(files, options, snapshot.options.seed), options, findings, () => {}));
}

/** What is going to be used never changes again. */
function keep(config: Config, { discarded }: LoadOptions): Config {
  return discarded ? config : freeze(config);
}

function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) freeze(inner);
  return value;
}

function read(recorder: Recorder, options: LoadOptions, findings: Findings, onOpen: OnOpen): Block<typeof root> | null {
  try {
    const reader = readerOf(recorder, options, findings, onOpen);
    return parseTree(reader, root, findings, {
      lenient: options.lenient ?? true,
      goOn: options.goOn ?? false,
      homeOf,
      onValue: (path, keyword, value) => {
        if (path === 'global_defs' && keyword === 'include_check') changeIncludeChecks(reader, value as IncludeCheckChange);
      },
    });
  } catch (error) {
    if (error instanceof MissingParameter) return null;
    throw error;
  }
}

function readerOf(recorder: Recorder, options: LoadOptions, findings: Findings, onOpen: OnOpen): Reader {
  const sources = sourcesFrom(recorder.files);
  return createReader(
    sources,
    resolveMain(sources, options.file, findings),
    {
      configId: options.configId,
      env: recorder.env,
      seed: recorder.seed,
      includeChecks: new Set(options.allIncludes ? includeCheckNames : []),
      onOpen,
    },
    findings,
  );
}

/** null, and a finding that names the limit, when `work` costs more than it may. */
function withinLimits<T>(findings: Findings, work: () => T | null): T | null {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof LimitExceeded)) throw error;
    findings.report(null, { code: 'limit-exceeded', class: 'FATAL', severity: 'fatal', message: error.message, word: error.limit });
    return null;
  }
}

function changeIncludeChecks(reader: Reader, change: IncludeCheckChange): void {
  const checks = new Set(change.replace ?? reader.includeChecks);
  for (const name of change.add) checks.add(name);
  for (const name of change.remove) checks.delete(name);
  reader.includeChecks = checks;
}
