import { TiltyardError } from '../errors.js';
import type { Architecture } from '../policy/architecture.js';
import { type ModelFolder, readPolicyFolder } from '../policy/checkpoint/folder.js';
import { startingModel } from '../policy/checkpoint/start.js';
import type { NetworkModule } from '../policy/module.js';
import { tabular } from '../policy/tabular.js';
import { transformer } from '../policy/transformer.js';
import { Rng } from '../rng.js';
import { readJson } from '../store/atomic.js';
import type { RunPaths } from '../store/layout.js';
import type { OutcomeRow } from '../store/records.js';
import type { RunSpec } from '../store/spec.js';
import type { TokenData } from './data.js';
import type { StartingWeights } from './models.js';
import { checkLeft } from './shared-file.js';

/**
 * The weights that a run's policies begin as: an earlier run's model, the experiment's checkpoint, the
 * world's own table, or fresh ones that every stage of this seed shares.
 */
export function startOf(
  spec: RunSpec,
  data: TokenData,
  runs: (id: string) => RunPaths,
): () => StartingWeights {
  const { start } = spec.inputs;
  if (start !== null) {
    return () => {
      checkLeft(runs(start), runs(start).model, spec.stage);
      return readPolicyFolder(runs(start).model);
    };
  }
  const { checkpoint } = spec.policy;
  if (checkpoint !== undefined) {
    const read = (): ModelFolder => startingModel(checkpoint, data.dataset.tokenizer, data.shape);
    if (spec.lora !== undefined) return read; // once, see `Models`
    let model: ModelFolder | undefined; // held, since every reading hashes the checkpoint's files
    return () => (model ??= read());
  }
  return () => {
    const architecture = freshArchitecture(spec, data);
    return { architecture, body: architecture.initialBody(Rng.fromSeed(spec.seed).split('initial policy')) };
  };
}

/**
 * Whether a run's policies begin as what was made before: an earlier run's model, or the experiment's
 * checkpoint. Of a checkpoint this is so for whoever compares with it, and for what measures it for them;
 * stages that others share go without a comparison that nobody reads.
 */
export function hasStart({ kind, policy, inputs }: RunSpec): boolean {
  if (inputs.start !== null) return true;
  return policy.checkpoint !== undefined && (kind === 'measure' || inputs.measured !== undefined);
}

function freshArchitecture({ policy, dataset }: RunSpec, data: TokenData): Architecture {
  const { initialTable, tokenizer } = data.dataset;
  if (policy.kind === 'tabular') {
    if (initialTable !== undefined) return tabular(initialTable);
    const message = `policy: dataset ${dataset.name} has no table; use policy.kind: transformer`;
    throw new TiltyardError('no-table', message);
  }
  return transformer({
    vocabSize: tokenizer.vocabSize,
    contextLength: data.shape.time,
    width: policy.width ?? 64,
    layers: policy.layers ?? 2,
    heads: policy.heads ?? 2,
    eosId: tokenizer.eosId,
    padId: tokenizer.padId,
  });
}

/**
 * Holds the reference to be the policy's own start, by content: what the stage before wrote.
 * @param startHash of the reference
 * @throws TiltyardError where the weights of that stage were changed since
 */
export function checkStart(spec: RunSpec, runs: (id: string) => RunPaths, startHash: string): void {
  const { start } = spec.inputs;
  const written = start === null ? null : readJson<OutcomeRow>(runs(start).outcome).modelHash;
  if (written === null || written === startHash) return;
  const hashes = `hash ${startHash.slice(0, 12)}, recorded ${written.slice(0, 12)}`;
  const problem = `the weights of ${start} are not those it finished with (${hashes})`;
  const remedy = `delete ${runs(start!).outcome}, then tiltyard resume makes it again`;
  const message = `stage ${spec.stage}: ${problem}; its model folder was changed: ${remedy}`;
  throw new TiltyardError('start-changed', message, { exitCode: 1 });
}

/** @throws TiltyardError where a policy before its first step does not hold the reference's weights */
export async function checkPolicy(spec: RunSpec, policy: NetworkModule, startHash: string): Promise<void> {
  if ((await policy.hash()) === startHash) return;
  const message = `stage ${spec.stage}: policy and reference do not start from the same weights`;
  throw new TiltyardError('start-differs', message, { exitCode: 1 });
}
