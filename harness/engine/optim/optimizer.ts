import * as tf from '@tensorflow/tfjs';
import {
  type Engine,
  type Program,
  type ProgramResult,
  type ProgramSpec,
  type Scope,
  signature,
  type Variables,
} from '../engine.js';
import type { Tensor } from '../ops.js';
import {
  learningRateAt,
  type OptimizerOptions,
  type OptimizerSettings,
  settled,
} from '../optimizer-options.js';
import type { HostTensor } from '../tensor.js';
import { traceProgram } from '../trace/program.js';
import { type Flops, flopsAt, sizesIn } from '../trace/varying.js';
import { gradientsOf } from './accumulation.js';
import { adamw, type StepScalars } from './adamw.js';
import {
  differentiated,
  type Groups,
  inPieces,
  parametersOf,
  pieceOf,
  piecesOf,
  type TrainStep,
} from './gradients.js';
import { zerosLike } from './zeros.js';

/** Builds the loss from the variables in scope and the feeds; called while tracing. */
export type TrainBody = (scope: Scope, feeds: Readonly<Record<string, Tensor>>) => TrainStep;

export interface OptimizerState {
  /**
   * First and second moments, kept divided by (1 - beta1) and (1 - beta2): three passes over every parameter
   * less.
   */
  readonly moments: Readonly<Record<string, { readonly m: Variables; readonly v: Variables }>>;
  /** Steps taken. */
  step: number;
}

/**
 * AdamW (Loshchilov & Hutter 2019, arXiv:1711.05101) with global-norm clipping, PyTorch's conventions:
 * epsilon outside the bias-corrected square root, decay decoupled, no decay on vectors (biases and norms).
 * The whole step (forward, backward, clip, update) is one program, so nothing but the batch and a few scalars
 * crosses to the host.
 */
export class Optimizer {
  readonly state: OptimizerState;
  private readonly spec: ProgramSpec;
  private readonly flops = new Map<string, Flops>();
  private readonly program: Program;
  private readonly evaluation: Program;
  private gradients: Program | undefined;
  private update: Program | undefined;
  /** What is trained, and its moments. */
  private readonly all: Groups;
  private readonly settings: OptimizerSettings;

  /**
   * @param groups trainable variables by name
   * @param frozen those that the body reads beside them
   */
  constructor(
    private readonly engine: Engine,
    private readonly label: string,
    readonly groups: Groups,
    options: OptimizerOptions,
    private readonly body: TrainBody,
    private readonly frozen: Groups = {},
  ) {
    this.settings = settled(options);
    const moments: Record<string, { m: Variables; v: Variables }> = {};
    const all: Record<string, Variables> = { ...this.read };
    for (const [name, variables] of Object.entries(groups)) {
      const pair = { m: zerosLike(engine, variables), v: zerosLike(engine, variables) };
      moments[name] = pair;
      all[`${name}.m`] = pair.m;
      all[`${name}.v`] = pair.v;
    }
    this.state = { moments, step: 0 };
    this.all = all;
    this.spec = { label, variables: all, body: (scope, feeds) => this.trainingBody(scope, feeds) };
    this.program = engine.program(this.spec);
    this.evaluation = engine.program({
      label: `${label}-evaluate`,
      variables: this.read,
      body: (scope, feeds) => {
        const { loss, metrics } = body(scope, feeds);
        return { outputs: { loss, ...metrics } };
      },
    });
  }

  /** What a loss reads. */
  get read(): Groups {
    return { ...this.groups, ...this.frozen };
  }

  get lastFlops(): number {
    return this.program.lastFlops;
  }

  get lastEvaluationFlops(): number {
    return this.evaluation.lastFlops;
  }

  async step(feeds: Readonly<Record<string, HostTensor>>): Promise<Record<string, number>> {
    return this.stepped(this.program, feeds);
  }

  /**
   * A step along gradients that were added up before, and are gradients of a whole batch then. The program is
   * made for the first sums that come, and serves these alone.
   * @returns `grad_norm` and `learning_rate`
   */
  async stepAlong(sums: Groups): Promise<Record<string, number>> {
    this.update ??= this.updateFrom(sums);
    return this.stepped(this.update, {});
  }

  /** What a step on these feeds computes, without taking one. */
  flopsOf(feeds: Readonly<Record<string, HostTensor>>): number {
    const given = { ...feeds, ...NO_SCALARS };
    const key = signature(given);
    const flops = this.flops.get(key) ?? traceProgram(this.spec, given).graph.flops;
    this.flops.set(key, flops);
    return flopsAt(flops, sizesIn(given));
  }

  get lastUpdateFlops(): number {
    return this.update?.lastFlops ?? 0;
  }

  private async stepped(
    program: Program,
    feeds: Readonly<Record<string, HostTensor>>,
  ): Promise<Record<string, number>> {
    const { beta1, beta2, epsilon } = this.settings;
    const t = this.state.step + 1;
    const learningRate = learningRateAt(this.state.step, this.settings);
    // lr m^ / (sqrt(v^) + epsilon) divided through by everything that is one number a step; a rate of 0 stays
    // finite.
    const rate = Math.max((learningRate * (1 - beta1)) / (1 - beta1 ** t), 1e-30);
    const out = await program.run({
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
      variables: this.read,
      body: (scope, feeds) => {
        const params = parametersOf(scope, this.groups);
        const { grads } = differentiated(
          () => this.body(scope, feeds),
          params.map(({ param }) => param),
        );
        const named = params.map(({ group, name, param }, i) => {
          return [`${group}|${name}`, grads[i] ?? tf.zerosLike(param)] as const;
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

  private trainingBody(scope: Scope, feeds: Readonly<Record<string, Tensor>>): ProgramResult {
    const { given, scalars } = split(feeds);
    const params = parametersOf(scope, this.groups);
    const { loss, metrics, grads } = differentiated(
      () => this.body(scope, given),
      params.map(({ param }) => param),
    );
    const gradients = inPieces(this.groups, params, grads);
    const { norm, assign } = adamw(scope, this.groups, gradients, scalars, this.settings);
    return { outputs: { loss, grad_norm: norm, ...metrics }, assign };
  }

  /** @param sums by group */
  private updateFrom(sums: Groups): Program {
    return this.engine.program({
      label: `${this.label}-update`,
      variables: { ...this.all, ...gradientsOf(sums) },
      body: (scope, feeds) => {
        const gradients = Object.entries(this.groups).flatMap(([group, variables]) =>
          piecesOf(variables).map((name) => ({ group, name, grad: pieceOf(scope, `${group}.g`, name) })),
        );
        const { norm, assign } = adamw(scope, this.groups, gradients, split(feeds).scalars, this.settings);
        return { outputs: { grad_norm: norm }, assign };
      },
    });
  }
}

const scalar = (x: number): HostTensor => ({ shape: [], data: Float32Array.of(x) });
const NO_SCALARS = { '#root': scalar(0), '#epsilon': scalar(0), '#decay': scalar(0) };

/** Feeds of a loss, and those of the optimiser itself. */
function split(feeds: Readonly<Record<string, Tensor>>): {
  readonly given: Readonly<Record<string, Tensor>>;
  readonly scalars: StepScalars;
} {
  const { '#root': root, '#epsilon': epsilon, '#decay': decay, ...given } = feeds;
  return { given, scalars: { '#root': root!, '#epsilon': epsilon!, '#decay': decay! } };
}

const numbers = (out: Readonly<Record<string, HostTensor>>): Record<string, number> =>
  Object.fromEntries(Object.entries(out).map(([name, { data }]) => [name, data[0]!]));
