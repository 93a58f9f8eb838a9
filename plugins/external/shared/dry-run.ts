import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExternalCommand, ExternalJob } from '../../../harness/index.js';

/** The variable that names the folder in which a dry run leaves what it would start. */
const FOLDER = 'TILTYARD_DRY_RUN';

/** What a trainer would be started with, by paths in the folder of the dry run. */
export interface DryRun {
  readonly files: Readonly<Record<string, string>>;
  /** Folders of the job that it reads, by their names there. */
  readonly folders: Readonly<Record<string, string>>;
  /** Lines of a shell script, from that folder. */
  readonly commands: readonly string[];
}

/**
 * What adapters have in common that start nothing.
 * @param trainer what it is called
 * @param url of the plugin, beside which its launch.js lies
 */
export const dryRunAdapter = (trainer: string, url: string) => {
  const script = fileURLToPath(new URL(`launch${extname(url)}`, url));
  return {
    files: [script],
    resumes: false,
    requires: {
      file: process.execPath,
      args: ['-e', `if (!process.env.${FOLDER}) process.exit(1)`],
      remedy:
        `this adapter is a dry run: it writes what ${trainer} would be started with, and starts nothing; ` +
        `name a folder for that in ${FOLDER}`,
    } satisfies ExternalCommand & { readonly remedy: string },
    command: ({ file }: Pick<ExternalJob, 'file'>): ExternalCommand => ({
      file: process.execPath,
      args: [script, file],
    }),
  };
};

/** Rows of a job in the order in which its epochs take them. */
export function orderedRows<Row>({ data }: Pick<ExternalJob, 'data'>): Row[] {
  const lines = (path: string): unknown[] =>
    readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
  const rows = lines(data.file) as Row[];
  return (lines(data.orders) as number[][]).flatMap((order) => order.map((place) => rows[place]!));
}

/** Rows as JSONL. */
export const jsonl = (rows: readonly object[]): string =>
  rows.map((row) => `${JSON.stringify(row)}\n`).join('');

/** Writes a dry run of the job that the command line names, says where, and ends as what trained nothing. */
export function leaveDryRun(planOf: (job: ExternalJob) => DryRun): never {
  const job = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as ExternalJob;
  const dir = join(process.env[FOLDER]!, job.run);
  const { files, folders, commands } = planOf(job);
  mkdirSync(dir, { recursive: true });
  for (const [name, from] of Object.entries(folders)) cpSync(from, join(dir, name), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
  const script = join(dir, 'run.sh');
  writeFileSync(script, ['#!/bin/sh', 'set -e', 'cd "$(dirname "$0")"', ...commands, ''].join('\n'));
  chmodSync(script, 0o755);
  process.stderr.write(`a dry run, nothing was trained: ${script} is what would be started\n`);
  process.exit(1);
}
