// SPDX-License-Identifier: MIT
// `ka-ts check FILE…`: what is wrong with configurations, for people, editors and programs. Needs no rights, asks no name
// server and changes nothing; looks at this machine's interfaces and scripts only when asked to.

import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { errorText } from '../base/errors.ts';
import { type Counts, countBySeverity, type Diagnosis, diagnose } from '../config/diagnose.ts';
import type { LoadOptions } from '../config/options.ts';
import { createConfigFiles } from '../kernel/config-files.ts';
import { addCounts, clusterLines, type Format, findingRenderer, type Output, type Style, summaryText } from './render-findings.ts';

const usage = `Usage: ka-ts check [options] FILE...

Reads keepalived configurations and says what is wrong with them, where, and what the daemon
does because of it. Several files are the nodes of one cluster: they are also compared with
each other. Needs no root, resolves no names, changes nothing.

      --compact         one line a finding: FILE:LINE:COLUMN: SEVERITY: MESSAGE [CODE]
      --json            one JSON object a line: each finding, then a summary
      --strict          warnings refuse too
  -i, --config-id ID    identity for @ID lines (default: host name up to the first dot)
  -e, --all-config      every include must match a file
      --interfaces      interfaces must exist on this machine
      --scripts         scripts and users must exist on this machine, and be safe to run
      --weights         what the tracked checks of each node can do to its priority
      --color           colour also where the output is no terminal; --no-color: never
  -h, --help            this text

Exit status: 0 nothing refuses (there may be warnings and notices); 1 an error, with --strict
a warning too; 2 the command line was wrong.

JSON: {"kind":"finding", "code", "severity": "fatal|error|warning|notice", "class": keepalived's
own class, "message", "file", "line", "column", "word", "replacement": what was likely meant
by it, "source": the line with secrets masked, "definedAt": {"file","line","column"} | null,
"expected", "hint", "effect"}; what is unknown is null; lines and columns count from 1, columns
in UTF-16 units. With several files one {"kind":"cluster", "version":1, "nodes", "findings",
"routers"}; with --weights one {"kind":"weights", "file", "routers"} for each file. Last
{"kind":"summary", "files", "fatal", "errors", "warnings", "notices", "testStatus": exit status
of keepalived -t for each file, "status": of this command}. Codes: docs/reference/errors.md.
`;

interface Asked {
  readonly files: readonly string[];
  readonly format: Format;
  readonly strict: boolean;
  readonly weights: boolean;
  readonly colour: boolean | null;
  readonly options: Omit<LoadOptions, 'file'>;
}

/** `argv` behind `check`. The exit status: 0 clean, 1 refused, 2 usage. */
export async function checkCommand(argv: string[], output: Output = terminal()): Promise<number> {
  const asked = await readArguments(argv);
  if (asked === 'help') {
    output.write(usage);
    return 0;
  }
  if (typeof asked === 'string') {
    output.error(`ka-ts check: ${asked}\nTry 'ka-ts check --help'.\n`);
    return 2;
  }
  const style = { colour: asked.format === 'people' && (asked.colour ?? output.colour), width: output.width };
  const files = createConfigFiles();
  const nodes = asked.files.map((file) => ({ file, ...diagnose(files, { ...asked.options, file }) }));
  const render = findingRenderer(asked.format, style);
  for (const node of nodes) for (const finding of node.findings) output.write(render(finding, node.loaded.sourceLine));

  const counts = addCounts([
    ...nodes.map((n) => countBySeverity(n.findings)),
    ...(nodes.length > 1 ? [await compareNodes(nodes, asked.format, style, output)] : []),
  ]);
  if (asked.weights) await showWeights(nodes, asked.format, style, output);
  const status = counts.fatal + counts.error + (asked.strict ? counts.warning : 0) > 0 ? 1 : 0;
  const testStatus = nodes.map((n) => n.loaded.testStatus);
  output.write(summaryText(asked.format, { files: asked.files, counts, testStatus, status, strict: asked.strict }, style));
  return status;
}

type Node = Diagnosis & { readonly file: string };

async function compareNodes(nodes: readonly Node[], format: Format, style: Style, output: Output): Promise<Counts> {
  const { checkCluster, renderCluster } = await import('../config/cluster/index.ts');
  const report = checkCluster(nodes);
  if (format === 'json') output.write(`${JSON.stringify({ kind: 'cluster', ...report })}\n`);
  else if (format === 'compact') output.write(clusterLines(report));
  else output.write(`${renderCluster(report, style)}\n`);
  return countBySeverity(report.findings);
}

/** What the trackers of each node can do to its own priority. */
async function showWeights(nodes: readonly Node[], format: Format, style: Style, output: Output): Promise<void> {
  const { checkWeights, renderWeights } = await import('../config/cluster/index.ts');
  for (const { file, loaded } of nodes) {
    if (!loaded.config) continue;
    const routers = checkWeights(loaded.config);
    if (format === 'json') output.write(`${JSON.stringify({ kind: 'weights', file, routers })}\n`);
    else if (format === 'people') output.write(`${renderWeights(routers, style)}\n`);
  }
}

function terminal(): Output {
  const { stdout, stderr, env } = process;
  // Whoever reads only the first lines (head, a pager) ends the pipe early.
  stdout.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  return {
    write: (text) => void stdout.write(text),
    error: (text) => void stderr.write(text),
    width: stdout.isTTY ? Math.max(40, stdout.columns) : 100,
    colour: stdout.isTTY && !env.NO_COLOR && env.TERM !== 'dumb',
  };
}

const flag = { type: 'boolean' } as const;

/** Throws TypeError with a text for people. */
function parseOptions(argv: string[]) {
  return parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      compact: flag,
      json: flag,
      strict: flag,
      'config-id': { type: 'string', short: 'i' },
      'all-config': { ...flag, short: 'e' },
      interfaces: flag,
      scripts: flag,
      weights: flag,
      color: flag,
      'no-color': flag,
      help: { ...flag, short: 'h' },
    },
  });
}

/** What was asked for, 'help', or what is wrong with the arguments. */
async function readArguments(argv: string[]): Promise<Asked | string> {
  let parsed: ReturnType<typeof parseOptions>;
  try {
    parsed = parseOptions(argv);
  } catch (error) {
    return errorText(error);
  }
  const { values, positionals } = parsed;
  if (values.help) return 'help';
  if (positionals.length === 0) return 'no file given';
  if (values.json && values.compact) return '--json and --compact exclude each other';
  return {
    files: positionals,
    format: values.json ? 'json' : values.compact ? 'compact' : 'people',
    strict: values.strict ?? false,
    weights: values.weights ?? false,
    colour: values['no-color'] ? false : values.color ? true : null,
    options: {
      configId: values['config-id'] ?? hostname().split('.')[0] ?? '',
      allIncludes: values['all-config'] ?? false,
      env: process.env,
      ...(values.interfaces ? { interfaces: (await import('../process/configuration.ts')).interfacesHere() } : {}),
      ...(values.scripts ? { scripts: (await import('../kernel/script-checks.ts')).createScriptChecks() } : {}),
    },
  };
}
