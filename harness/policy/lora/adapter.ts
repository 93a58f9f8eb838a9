import type { Engine, Scope, Variables } from '../../engine/engine.js';
import * as ops from '../../engine/ops.js';
import type { HostTensor } from '../../engine/tensor.js';
import type { Rng } from '../../rng.js';
import type { LoraSpec } from '../../store/spec.js';
import type { Architecture, Weights } from '../architecture.js';
import { SHAPES_ONLY } from '../parts.js';
import { matricesOf } from './adapted.js';
import { adaptedModules, type LinearModule } from './targets.js';

/**
 * Low-rank adapters of a body (Hu et al. 2021, arXiv:2106.09685): a linear module with weight W computes
 *
 *     x W^T + alpha / r (x A^T) B^T
 *
 * with W frozen. Without dropout.
 */
export interface Adapter {
  readonly spec: LoraSpec;
  readonly modules: readonly LinearModule[];
  /** A [r, in] and B [out, r] of each module, as `matricesOf` names them. */
  readonly variables: Variables;
}

/** alpha / r, or alpha / sqrt(r) (Kalajdzievski 2023, arXiv:2312.03732). */
export const scalingOf = ({ alpha, rank, rslora }: LoraSpec): number =>
  alpha / (rslora ? Math.sqrt(rank) : rank);

/**
 * Adapters as PEFT begins them: A uniform within 1 / sqrt(in), as torch.nn.Linear, and B zero, so that
 * nothing is changed.
 * @throws TiltyardError where targets name no module
 */
export function initialAdapter(
  architecture: Architecture,
  spec: LoraSpec,
  rng: Rng,
): ReadonlyMap<string, HostTensor> {
  const out = new Map<string, HostTensor>();
  const { rank } = spec;
  for (const { name, input, output } of adaptedModules(architecture, spec)) {
    const { a, b } = matricesOf(name);
    out.set(a, { shape: [rank, input], data: uniform(rng, name, rank * input, 1 / Math.sqrt(input)) });
    out.set(b, { shape: [output, rank], data: new Float32Array(output * rank) });
  }
  return out;
}

function uniform(rng: Rng, label: string, n: number, bound: number): Float32Array {
  if (rng === SHAPES_ONLY) return new Float32Array(0);
  const own = rng.split(label);
  return Float32Array.from({ length: n }, () => (2 * own.uniform() - 1) * bound);
}

/** Adapters on an engine. */
export const adapterOn = (
  engine: Engine,
  architecture: Architecture,
  spec: LoraSpec,
  arrays: ReadonlyMap<string, HostTensor>,
): Adapter => ({ spec, modules: adaptedModules(architecture, spec), variables: engine.variables(arrays) });

/** The weights of a body with adapters: where they are applied, A is scaled already. */
export function withAdapter(body: Weights, adapter: Weights, { spec, modules }: Adapter): Weights {
  const scaling = scalingOf(spec);
  const scaled = modules.map(({ name }) => {
    const { a, b } = matricesOf(name);
    return { [a]: ops.mul(adapter[a]!, scaling), [b]: adapter[b]! };
  });
  return Object.assign({}, body, ...scaled) as Weights;
}

/** A body of weights, and what adapts it. */
export interface Body {
  readonly body: Variables;
  readonly adapter: Adapter | null;
}

/** The variables of a body for a program, under the names by which `weightsIn` finds them. */
export const variablesOf = ({ body, adapter }: Body): Readonly<Record<string, Variables>> => ({
  body,
  ...(adapter === null ? {} : { adapter: adapter.variables }),
});

/** The weights of a body inside a program that has its variables. */
export const weightsIn = (scope: Scope, { adapter }: Body): Weights =>
  adapter === null
    ? scope.tensors('body')
    : withAdapter(scope.tensors('body'), scope.tensors('adapter'), adapter);
