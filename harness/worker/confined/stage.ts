import { copyFileSync, existsSync, linkSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Prompt } from '../../contracts/dataset.js';
import { TiltyardError } from '../../errors.js';
import { readJson, writeJsonAtomic } from '../../store/atomic.js';
import { confinedPaths, runPaths } from '../../store/layout.js';
import type { OutcomeRow } from '../../store/records.js';
import type { PluginSays } from '../../store/spec.js';
import { onTest, onValidation } from '../evaluate/streams.js';
import type { Job } from '../job.js';
import { readMeasured } from '../measured.js';
import { checkLeft } from '../shared-file.js';
import { supplyOf } from '../supply.js';
import { type GivenPrompt, writeGiven } from './given.js';
import { inMemory } from './in-memory.js';

/** @throws TiltyardError for a run that was planned by an older version, which did not ask the plugin */
export function saysOf({ spec: { algorithm, stage: name } }: Pick<Job, 'spec'>): PluginSays {
  if (algorithm?.says !== undefined) return algorithm.says;
  const why = 'planned by an older tiltyard, which did not keep what its plugin needs';
  throw new TiltyardError('no-says', `stage ${name}: ${why}; start a new run with --out`, { exitCode: 1 });
}

/**
 * Lays out what a plugin that is not built in may have of others, before its process begins: in a folder by
 * itself, in tokens, without any reward but one that it declared to need. A process that may read this folder
 * and no other cannot reach the dataset, nor what earlier runs recorded of it.
 */
export async function stage(job: Job): Promise<void> {
  const { spec, paths, runs, data, record } = job;
  const { given, own, supplies, runs: copies } = confinedPaths(paths.dir);
  rmSync(given, { recursive: true, force: true });
  for (const dir of [given, own]) mkdirSync(dir, { recursive: true });
  const { needs, samples } = saysOf(job);
  const measured = readMeasured(spec, runs);
  const supply = inMemory(await supplyOf(job, needs, measured), spec.stage);
  const tokens = ({ id, prompt }: Prompt): GivenPrompt => ({ id, prompt, ids: data.prompt(id, prompt).ids });
  const validation = onValidation(spec, data).prompts.map(tokens);
  const test = samples && spec.evaluation.blind !== true ? onTest(spec, data).prompts.map(tokens) : [];
  const lists = data.dataset.enumerate !== undefined && (spec.policy.kind === 'tabular' || samples);
  const { tokenizer, maxPromptTokens, maxCompletionTokens, endsWithEos, repeatsPrompts, initialTable } =
    data.dataset;
  writeGiven(supplies, {
    shape: data.shape,
    dataset: {
      maxPromptTokens,
      maxCompletionTokens,
      endsWithEos,
      ...(repeatsPrompts === undefined ? {} : { repeatsPrompts }),
      ...(initialTable === undefined ? {} : { initialTable }),
    },
    bringsPairs: data.dataset.pairs !== undefined,
    tokenizer: {
      vocabSize: tokenizer.vocabSize,
      eosId: tokenizer.eosId,
      padId: tokenizer.padId,
      ...(tokenizer.endIds === undefined ? {} : { endIds: tokenizer.endIds }),
      ...(tokenizer.folder === undefined ? {} : { folder: tokenizer.folder }),
      json: tokenizer.toJSON(),
    },
    supply,
    validation,
    test,
    listed: lists ? new Map([...validation, ...test].map((p) => [p.prompt, data.listed(p) ?? []])) : null,
    isStartKnown: measured !== null,
    cost: record.meter.totals(),
  });
  const { start, reward, drawn } = spec.inputs;
  const wantsReward = needs.includes('reward') ? reward : null;
  for (const id of [start, wantsReward]) if (id !== null) layOut(id, runPaths(copies(id).dir).model);
  if (drawn !== undefined && wantsReward !== null) layOut(drawn, copies(drawn).draws);

  /** Of another run its outcome, and what it left at a path. */
  function layOut(id: string, to: string): void {
    const [from, copy] = [runs(id), copies(id)];
    const path = join(from.dir, relative(copy.dir, to));
    checkLeft(from, path, spec.stage);
    link(path, to);
    writeJsonAtomic(copy.outcome, readJson<OutcomeRow>(from.outcome));
  }
}

/** A file, or a folder's, once more: the same bytes on the disk where the file system can, else a copy. */
function link(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  if (!isFolder(from)) {
    if (!existsSync(to)) copyOrLink(from, to);
    return;
  }
  for (const name of readdirSync(from)) link(join(from, name), join(to, name));
}

function copyOrLink(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}

function isFolder(path: string): boolean {
  try {
    readdirSync(path);
    return true;
  } catch {
    return false;
  }
}
