import * as tf from '@tensorflow/tfjs';
import {
  type Engine,
  FLAT,
  type FlatLayout,
  type Program,
  type ProgramResult,
  type Scope,
  type Variables,
} from './engine.js';
import { sumOfSquares } from './nn/sum-of-squares.js';
import type { Tensor } from './ops.js';
import {
  learningRateAt,
  type OptimizerOptions,
  type OptimizerSettings,
  settled,
} from './optimizer-options.js';
import { type HostTensor, sizeOf } from './tensor.js';

export interface TrainStep {
  readonly loss: Tensor;
  readonly metrics: Readonly<Record<string, Tensor>>;
}

/** Builds the loss from the variables in scope and the feeds; called while tracing. */
type TrainBody = (scope: Scope, feeds: Readonly<Record<string, Tensor>>) => TrainStep;

export interface OptimizerState {
  /**
   * First and second moments, kept divided by (1 - beta1) and (1 - beta2): three passes over every parameter
   * less.
   */
  readonly moments: Readonly<Record<string, { readonly m: Variables; readonly v: Variables }>>;
  /** Steps taken. */
  step: number;
}

/** Arrays that are updated as one: those of one name, or all of a flat group. */
interface Block {
  readonly group: string;
  readonly name: string;
  readonly param: Tensor;
  readonly grad: Tensor;
  readonly m: Tensor;
  readonly v: Tensor;
  readonly decays: boolean;
}

/**
 * AdamW (Loshchilov & Hutter 2019, arXiv:1711.05101) with global-norm clipping, PyTorch's conventions:
 * epsilon outside the bias-corrected square root, decay decoupled, no decay on vectors (biases and norms).
 * The whole step (forward, backward, clip, update) is one program, so nothing but the batch and a few scalars
 * crosses to the host.
 */
export class Optimizer {
  readonly state: OptimizerState;
  private readonly program: Program;
  private readonly evaluation: Program;
  private gradients: Program | undefined;
  private readonly settings: OptimizerSettings;

  /** @param groups trainable variables by name */
  constructor(
    private readonly engine: Engine,
    private readonly label: string,
    private readonly groups: Readonly<Record<string, Variables>>,
    options: OptimizerOptions,
    private readonly body: TrainBody,
  ) {
    this.settings = settled(options);
    const moments: Record<string, { m: Variables; v: Variables }> = {};
    const all: Record<string, Variables> = { ...groups };
    for (const [name, variables] of Object.entries(groups)) {
      const pair = { m: zerosLike(engine, variables), v: zerosLike(engine, variables) };
      moments[name] = pair;
      all[`${name}.m`] = pair.m;
      all[`${name}.v`] = pair.v;
    }
    this.state = { moments, step: 0 };
    this.program = engine.program({
      label,
      variables: all,
      body: (scope, feeds) => this.trainingBody(scope, feeds),
    });
    this.evaluation = engine.program({
      label: `${label}-evaluate`,
      variables: groups,
      body: (scope, feeds) => {
        const { loss, metrics } = body(scope, feeds);
        return { outputs: { loss, ...metrics } };
      },
    });
  }

  get lastFlops(): number {
    return this.program.lastFlops;
  }

  get lastEvaluationFlops(): number {
    return this.evaluation.lastFlops;
  }

  async step(feeds: Readonly<Record<string, HostTensor>>): Promise<Record<string, number>> {
    const { beta1, beta2, epsilon } = this.settings;
    const t = this.state.step + 1;
    const learningRate = learningRateAt(this.state.step, this.settings);
    const scalar = (x: number): HostTensor => ({ shape: [], data: Float32Array.of(x) });
    // lr m^ / (sqrt(v^) + epsilon) divided through by everything that is one number a step; a rate of 0 stays
    // finite.
    const rate = Math.max((learningRate * (1 - beta1)) / (1 - beta1 ** t), 1e-30);
    const out = await this.program.run({
      ...feeds,
      '#root': scalar(Math.sqrt((1 - beta2) / (1 - beta2 ** t)) / rate),
      '#epsilon': scalar(epsilon / rate),
      '#decay': scalar(1 - learningRate * this.settings.weightDecay),
    });
    this.state.step = t;
    return { ...numbers(out), learning_rate: learningRate };
  }

  async evaluate(feeds: Readonly<Record<string, HostTensor>>): Promise<Record<string, number>> {
    return numbers(await this.evaluation.run(feeds));
  }

  /** Gradients of the loss by group and name, without an update: for checking them. */
  async gradient(
    feeds: Readonly<Record<string, HostTensor>>,
  ): Promise<ReadonlyMap<string, ReadonlyMap<string, Float32Array>>> {
    this.gradients ??= this.engine.program({
      label: `${this.label}-gradient`,
      variables: this.groups,
      body: (scope, feeds) => {
        const params = this.parameters(scope);
        const tensors = params.map(({ param }) => param);
        const { grads } = tf.engine().gradients(() => this.body(scope, feeds).loss, tensors, undefined, true);
        const named = params.map(({ group, name, param }, i) => {
          return [`${group}|${name}`, (grads[i] as Tensor | null) ?? tf.zerosLike(param)] as const;
        });
        return { outputs: Object.fromEntries(named) };
      },
    });
    const out = new Map<string, Map<string, Float32Array>>();
    for (const [key, { data }] of Object.entries(await this.gradients.run(feeds))) {
      const [group, name] = key.split('|') as [string, string];
      let arrays = out.get(group);
      if (arrays === undefined) {
        arrays = new Map();
        out.set(group, arrays);
      }
      arrays.set(name, data as Float32Array);
    }
    return out;
  }

  /** Every trainable array, group by group. */
  private parameters(scope: Scope): { group: string; name: string; param: Tensor }[] {
    return Object.keys(this.groups).flatMap((group) =>
      Object.entries(scope.tensors(group)).map(([name, param]) => ({ group, name, param })),
    );
  }

  private trainingBody(scope: Scope, feeds: Readonly<Record<string, Tensor>>): ProgramResult {
    const { '#root': root, '#epsilon': epsilon, '#decay': decay, ...given } = feeds as Record<string, Tensor>;
    const params = this.parameters(scope);
    let metrics: Readonly<Record<string, Tensor>> = {};
    const { value: loss, grads } = tf.engine().gradients(
      () => {
        const result = this.body(scope, given);
        metrics = Object.fromEntries(
          Object.entries(result.metrics).map(([key, tensor]) => [key, tf.keep(tf.clone(tensor))]),
        );
        return result.loss;
      },
      params.map(({ param }) => param),
      undefined,
      true,
    );
    const gradients = params.map(({ param }, i) => (grads[i] as Tensor | null) ?? tf.zerosLike(param));
    const blocks = Object.entries(this.groups).flatMap(([group, variables]): Block[] => {
      const members = params.flatMap((parameter, i) =>
        parameter.group === group ? [{ ...parameter, grad: gradients[i]! }] : [],
      );
      const { flat } = variables;
      const [together, apart] = split(members, ({ name }) => flat?.offsets.has(name) === true);
      const block = flat === null ? [] : [flatBlock(scope, group, flat, together)];
      const others = apart.map((parameter) => ({
        ...parameter,
        m: scope.tensors(`${group}.m`)[parameter.name]!,
        v: scope.tensors(`${group}.v`)[parameter.name]!,
        decays: parameter.param.rank > 1,
      }));
      return [...block, ...others];
    });
    const norm = tf.sqrt(blocks.map(({ grad }) => sumOfSquares(grad)).reduce((a, b) => tf.add(a, b)));
    const { maxGradNorm, beta1, beta2, weightDecay } = this.settings;
    // min(1, max / (norm + 1e-6)) as in torch.nn.utils.clip_grad_norm_; with no clipping still a function of
    // the norm, so that no parameter is overwritten before every gradient is known.
    const limit = tf.scalar(Number.isFinite(maxGradNorm) ? maxGradNorm : 3e38);
    const scale = tf.minimum(tf.scalar(1), tf.div(limit, tf.add(norm, tf.scalar(1e-6))));
    const assign: Record<string, Record<string, Tensor>> = {};
    const put = (group: string, name: string, tensor: Tensor): void => {
      assign[group] = { ...assign[group], [name]: tensor };
    };
    for (const { group, name, param, grad, m, v, decays } of blocks) {
      const g = tf.mul(grad, scale);
      const first = tf.add(tf.mul(m, tf.scalar(beta1)), g);
      const second = tf.add(tf.mul(v, tf.scalar(beta2)), tf.mul(g, g));
      const update = tf.div(first, tf.add(tf.mul(tf.sqrt(second), root!), epsilon!));
      const factor =
        weightDecay > 0 && decays ? (name === FLAT ? this.flatDecay(group, decay!) : decay!) : null;
      const kept = factor === null ? param : tf.mul(param, factor);
      put(group, name, tf.sub(kept, update));
      put(`${group}.m`, name, first);
      put(`${group}.v`, name, second);
    }
    return { outputs: { loss, grad_norm: norm, ...metrics }, assign };
  }

  /** Per-element decay of a flat group: `decay` on matrices, 1 on vectors. */
  private flatDecay(group: string, decay: Tensor): Tensor {
    const { shapes, flat } = this.groups[group]!;
    const mask = new Float32Array(flat!.total);
    for (const [name, at] of flat!.offsets) {
      const shape = shapes.get(name)!;
      mask.fill(shape.length > 1 ? 1 : 0, at, at + sizeOf(shape));
    }
    const matrices = tf.tensor1d(mask);
    return tf.add(tf.scalar(1), tf.mul(matrices, tf.sub(decay, tf.scalar(1))));
  }
}

const zerosLike = (engine: Engine, { shapes }: Variables): Variables =>
  engine.variables(
    new Map([...shapes].map(([name, shape]) => [name, { shape, data: new Float32Array(sizeOf(shape)) }])),
  );

function split<T>(items: readonly T[], goesFirst: (item: T) => boolean): [first: T[], second: T[]] {
  return [items.filter(goesFirst), items.filter((item) => !goesFirst(item))];
}

/** The arrays of a group that lie end to end, as its one vector holds them. */
function flatBlock(
  scope: Scope,
  group: string,
  { total, offsets }: FlatLayout,
  params: readonly { name: string; param: Tensor; grad: Tensor }[],
): Block {
  const pieces = params.flatMap(({ name, param, grad }, i) => {
    const next = params[i + 1];
    const end = next === undefined ? total : offsets.get(next.name)!;
    const gap = end - offsets.get(name)! - param.size;
    return [tf.reshape(grad, [param.size]), ...(gap === 0 ? [] : [tf.zeros([gap])])];
  });
  const grad = tf.concat(pieces, 0);
  return {
    group,
    name: FLAT,
    param: scope.flat(group),
    grad,
    m: scope.flat(`${group}.m`),
    v: scope.flat(`${group}.v`),
    decays: true,
  };
}

const numbers = (out: Readonly<Record<string, HostTensor>>): Record<string, number> =>
  Object.fromEntries(Object.entries(out).map(([name, { data }]) => [name, data[0]!]));
