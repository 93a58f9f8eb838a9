import * as tf from '@tensorflow/tfjs';
import { TiltyardError } from '../errors.js';
import type { HostTensor, OptimizerOptions } from '../contracts/plugin.js';
import { type Engine, FLAT, type Program, type Scope, sizeOf, type Variables } from './engine.js';
import { sumOfSquares } from './nn/sum-of-squares.js';
import type { Tensor } from './ops.js';

/**
 * AdamW (Loshchilov & Hutter 2019, arXiv:1711.05101) with global-norm clipping, PyTorch's conventions: epsilon outside
 * the bias-corrected square root, decay decoupled, no decay on vectors (biases and norms). The whole step (forward,
 * backward, clip, update) is one program, so nothing but the batch and a few scalars crosses to the host.
 */
export interface TrainStep {
  readonly loss: Tensor;
  readonly metrics: Readonly<Record<string, Tensor>>;
}

export interface OptimizerState {
  /** First and second moments, kept divided by (1 - beta1) and (1 - beta2): three passes over every parameter less. */
  readonly moments: Readonly<Record<string, { readonly m: Variables; readonly v: Variables }>>;
  /** Steps taken. */
  step: number;
}

export class Optimizer {
  readonly state: OptimizerState;
  private readonly program: Program;
  private readonly evaluation: Program;
  private gradients: Program | undefined;
  private readonly settings: Required<Omit<OptimizerOptions, 'totalSteps'>> & { totalSteps: number | undefined };

  /**
   * @param groups trainable variables by name; `body` may also read `frozen` ones
   * @param body builds the loss from the scope; called while tracing
   */
  constructor(
    private readonly engine: Engine,
    private readonly label: string,
    private readonly groups: Readonly<Record<string, Variables>>,
    private readonly frozen: Readonly<Record<string, Variables>>,
    options: OptimizerOptions,
    private readonly body: (scope: Scope, feeds: Readonly<Record<string, Tensor>>) => TrainStep,
  ) {
    this.settings = resolve(options);
    const zeros = (variables: Variables): Variables =>
      engine.variables(new Map([...variables.shapes].map(([name, shape]) => [name, { shape, data: new Float32Array(sizeOf(shape)) }])));
    const moments: Record<string, { m: Variables; v: Variables }> = {};
    const all: Record<string, Variables> = { ...frozen, ...groups };
    for (const [name, variables] of Object.entries(groups)) {
      const pair = { m: zeros(variables), v: zeros(variables) };
      moments[name] = pair;
      all[`${name}.m`] = pair.m;
      all[`${name}.v`] = pair.v;
    }
    this.state = { moments, step: 0 };
    this.program = engine.program({ label, variables: all, body: (scope, feeds) => this.trainingBody(scope, feeds, body) });
    this.evaluation = engine.program({
      label: `${label}-evaluate`,
      variables: { ...frozen, ...groups },
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
    const learningRate = this.learningRate(this.state.step);
    const scalar = (x: number): HostTensor => ({ shape: [], data: Float32Array.of(x) });
    // lr m^ / (sqrt(v^) + epsilon) divided through by everything that is one number a step; a rate of 0 stays finite.
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
  async gradient(feeds: Readonly<Record<string, HostTensor>>): Promise<ReadonlyMap<string, ReadonlyMap<string, Float32Array>>> {
    this.gradients ??= this.engine.program({
      label: `${this.label}-gradient`,
      variables: { ...this.frozen, ...this.groups },
      body: (scope, own) => {
        const names = Object.keys(this.groups).flatMap((group) => Object.keys(scope.tensors(group)).map((name) => `${group}|${name}`));
        const params = Object.keys(this.groups).flatMap((group) => Object.values(scope.tensors(group)));
        const { grads } = tf.engine().gradients(() => this.body(scope, own).loss, params, undefined, true);
        return { outputs: Object.fromEntries(names.map((name, i) => [name, (grads[i] as Tensor | null) ?? tf.zerosLike(params[i]!)])) };
      },
    });
    const out = new Map<string, Map<string, Float32Array>>();
    for (const [key, { data }] of Object.entries(await this.gradients.run(feeds))) {
      const [group, name] = key.split('|') as [string, string];
      if (!out.has(group)) out.set(group, new Map());
      out.get(group)!.set(name, data as Float32Array);
    }
    return out;
  }

  /** @param step steps already taken */
  private learningRate(step: number): number {
    const { learningRate, schedule, warmupSteps, totalSteps } = this.settings;
    if (step < warmupSteps) return (learningRate * (step + 1)) / warmupSteps;
    if (schedule === 'constant' || totalSteps === undefined) return learningRate;
    const done = Math.min(1, (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps));
    return learningRate * (schedule === 'linear' ? 1 - done : 0.5 * (1 + Math.cos(Math.PI * done)));
  }

  private trainingBody(scope: Scope, feeds: Readonly<Record<string, Tensor>>, body: (scope: Scope, feeds: Readonly<Record<string, Tensor>>) => TrainStep) {
    const { '#root': root, '#epsilon': epsilon, '#decay': decay, ...own } = feeds as Record<string, Tensor>;
    const names: { group: string; name: string }[] = [];
    const params: Tensor[] = [];
    for (const group of Object.keys(this.groups)) {
      for (const [name, tensor] of Object.entries(scope.tensors(group))) {
        names.push({ group, name });
        params.push(tensor);
      }
    }
    let metrics: Readonly<Record<string, Tensor>> = {};
    const { value: loss, grads } = tf.engine().gradients(
      () => {
        const result = body(scope, own);
        metrics = Object.fromEntries(Object.entries(result.metrics).map(([key, tensor]) => [key, tf.keep(tf.clone(tensor))]));
        return result.loss;
      },
      params,
      undefined,
      true,
    );
    const gradients = params.map((param, i) => (grads[i] as Tensor | null) ?? tf.zerosLike(param));
    const blocks = Object.entries(this.groups).flatMap(([group, variables]): Block[] => {
      const mine = names.flatMap(({ group: g, name }, i) => (g === group ? [{ name, param: params[i]!, grad: gradients[i]! }] : []));
      if (!variables.flat) return mine.map((x) => ({ group, ...x, m: scope.tensors(`${group}.m`)[x.name]!, v: scope.tensors(`${group}.v`)[x.name]!, decays: x.param.rank > 1 }));
      const flat = tf.concat(mine.map((x) => tf.reshape(x.grad, [x.param.size])), 0);
      return [{ group, name: FLAT, param: scope.flat(group), grad: flat, m: scope.flat(`${group}.m`), v: scope.flat(`${group}.v`), decays: true }];
    });
    const norm = tf.sqrt(blocks.map(({ grad }) => sumOfSquares(grad)).reduce((a, b) => tf.add(a, b)));
    const { maxGradNorm, beta1, beta2, weightDecay } = this.settings;
    // min(1, max / (norm + 1e-6)) as in torch.nn.utils.clip_grad_norm_; with no clipping still a function of the norm,
    // so that no parameter is overwritten before every gradient is known.
    const scale = tf.minimum(tf.scalar(1), tf.div(tf.scalar(Number.isFinite(maxGradNorm) ? maxGradNorm : 3e38), tf.add(norm, tf.scalar(1e-6))));
    const assign: Record<string, Record<string, Tensor>> = {};
    for (const { group, name, param, grad, m, v, decays } of blocks) {
      const g = tf.mul(grad, scale);
      const first = tf.add(tf.mul(m, tf.scalar(beta1)), g);
      const second = tf.add(tf.mul(v, tf.scalar(beta2)), tf.mul(g, g));
      const update = tf.div(first, tf.add(tf.mul(tf.sqrt(second), root!), epsilon!));
      const kept = weightDecay > 0 && decays ? tf.mul(param, name === FLAT ? this.flatDecay(group, decay!) : decay!) : param;
      (assign[group] ??= {})[name] = tf.sub(kept, update);
      (assign[`${group}.m`] ??= {})[name] = first;
      (assign[`${group}.v`] ??= {})[name] = second;
    }
    return { outputs: { loss, grad_norm: norm, ...metrics }, assign };
  }

  /** Per-element decay of a flat group: `decay` on matrices, 1 on vectors. */
  private flatDecay(group: string, decay: Tensor): Tensor {
    const shapes = [...this.groups[group]!.shapes.values()];
    const mask = new Float32Array(shapes.reduce((sum, shape) => sum + sizeOf(shape), 0));
    let at = 0;
    for (const shape of shapes) mask.fill(shape.length > 1 ? 1 : 0, at, (at += sizeOf(shape)));
    const matrices = tf.tensor1d(mask);
    return tf.add(tf.scalar(1), tf.mul(matrices, tf.sub(decay, tf.scalar(1))));
  }
}

interface Block {
  readonly group: string;
  readonly name: string;
  readonly param: Tensor;
  readonly grad: Tensor;
  readonly m: Tensor;
  readonly v: Tensor;
  readonly decays: boolean;
}

function resolve(options: OptimizerOptions): Required<Omit<OptimizerOptions, 'totalSteps'>> & { totalSteps: number | undefined } {
  const settings = {
    learningRate: options.learningRate,
    schedule: options.schedule ?? 'constant',
    warmupSteps: options.warmupSteps ?? 0,
    totalSteps: options.totalSteps,
    beta1: options.beta1 ?? 0.9,
    beta2: options.beta2 ?? 0.999,
    epsilon: options.epsilon ?? 1e-8,
    weightDecay: options.weightDecay ?? 0,
    maxGradNorm: options.maxGradNorm ?? 1,
  };
  if (!(settings.learningRate >= 0 && Number.isFinite(settings.learningRate))) {
    throw new TiltyardError('learning-rate', `optimiser: learningRate must be a finite number >= 0, got ${settings.learningRate}`);
  }
  if (settings.schedule !== 'constant' && settings.totalSteps === undefined) {
    throw new TiltyardError('total-steps', `optimiser: schedule '${settings.schedule}' needs totalSteps`);
  }
  return settings;
}

const numbers = (out: Readonly<Record<string, HostTensor>>): Record<string, number> =>
  Object.fromEntries(Object.entries(out).map(([name, { data }]) => [name, data[0]!]));
