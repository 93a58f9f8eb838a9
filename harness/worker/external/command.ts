import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ask } from '../../confinement/ask.js';
import type { ExternalCommand, ExternalJob } from '../../contracts/external.js';
import type { AlgorithmPlugin } from '../../contracts/plugin.js';
import { TiltyardError } from '../../errors.js';
import { loadPlugin } from '../../extensions.js';
import type { RunSpec } from '../../store/spec.js';

const here = fileURLToPath(import.meta.url);
const COMMANDING = here.replace(/command(\.\w+)$/, 'commanding$1');

/** What a plugin says of a job. */
export interface Told {
  readonly command: ExternalCommand;
  /** As `checks.atStart`. */
  readonly atStart: Readonly<Record<string, number>>;
  /** Whether it goes on from checkpoints of its own. */
  readonly resumes: boolean;
}

/**
 * The command that trains, asked of a process that is confined as that of any plugin that is not built in: in
 * this one are gold rewards.
 * @throws TiltyardError where the plugin gives none
 */
export async function commandOf(
  { name, module, code = {} }: NonNullable<RunSpec['algorithm']>,
  job: ExternalJob,
): Promise<Told> {
  // Sources, which only the test runner loads, no other process could load.
  if (extname(here) === '.ts') return toldBy(module, job);
  const reach = { code: Object.keys(code), read: [], write: [] };
  const said = ask<Told | { readonly wrong: string }>(COMMANDING, { module, job }, reach);
  if ('answer' in said && !('wrong' in said.answer)) return said.answer;
  const why = 'silence' in said ? said.silence : (said.answer as { wrong: string }).wrong;
  throw new TiltyardError('no-command', `plugin ${name}: gave no command for its job: ${why}`, {
    exitCode: 1,
  });
}

/** What its code says. @throws Error for a command that is none */
export const toldBy = async (module: string, job: ExternalJob): Promise<Told> =>
  toldOf(await loadPlugin(module), job);

/** The same of a plugin that is loaded. */
export function toldOf(
  { external, checks }: Pick<AlgorithmPlugin, 'external' | 'checks'>,
  job: ExternalJob,
): Told {
  const command = external!.command(job);
  const { file, args, env = {} } = command ?? {};
  const isText = (value: unknown): boolean => typeof value === 'string' && !value.includes('\0');
  const isWhole =
    isText(file) && file !== '' && Array.isArray(args) && [...args, ...Object.values(env)].every(isText);
  if (!isWhole) throw new Error('command(job) should return { file, args, env } of texts');
  return {
    command: { file, args: [...args], env: { ...env } },
    atStart: checks?.atStart?.(job.params) ?? {},
    resumes: external!.resumes,
  };
}
