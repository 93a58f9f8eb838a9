import * as tf from '@tensorflow/tfjs';
import type { Engine, Program, Scope, Variables } from '../engine.js';
import type { Tensor } from '../ops.js';
import type { HostTensor } from '../tensor.js';
import { differentiated, type Groups, inPieces, parametersOf, pieceOf } from './gradients.js';
import { zerosLike } from './zeros.js';

/** Builds a scalar from the variables in scope and the feeds. */
type ScalarBody = (scope: Scope, feeds: Readonly<Record<string, Tensor>>) => Tensor;

/** Gradients of scalars by the same variables, added up over several runs; one copy of what is trained. */
export class Accumulation {
  /** By group, the names and shapes of what they are gradients of. */
  readonly sums: Groups;
  private readonly program: Program;

  /** @param read variables of the groups, and others that the body reads */
  constructor(engine: Engine, label: string, groups: Groups, read: Groups, body: ScalarBody) {
    const sums: Record<string, Variables> = {};
    for (const [name, variables] of Object.entries(groups)) sums[name] = zerosLike(engine, variables);
    this.sums = sums;
    this.program = engine.program({
      label: `${label}-add`,
      variables: { ...read, ...gradientsOf(sums) },
      body: (scope, { '#keep': keep, ...feeds }) => {
        const params = parametersOf(scope, groups);
        const { grads } = differentiated(
          () => ({ loss: body(scope, feeds), metrics: {} }),
          params.map(({ param }) => param),
        );
        const assign: Record<string, Record<string, Tensor>> = {};
        for (const { group, name, grad } of inPieces(groups, params, grads)) {
          const before = pieceOf(scope, `${group}.g`, name);
          assign[`${group}.g`] = {
            ...assign[`${group}.g`],
            [name]: tf.add(tf.mul(before, keep!), grad),
          };
        }
        return { outputs: {}, assign };
      },
    });
  }

  get lastFlops(): number {
    return this.program.lastFlops;
  }

  /** @param isFirst whether what was added before is left behind */
  async add(feeds: Readonly<Record<string, HostTensor>>, isFirst: boolean): Promise<void> {
    await this.program.run({ ...feeds, '#keep': { shape: [], data: Float32Array.of(isFirst ? 0 : 1) } });
  }
}

/** Sums of gradients under the names by which programs know them: `<group>.g`. */
export const gradientsOf = (sums: Groups): Groups =>
  Object.fromEntries(Object.entries(sums).map(([group, variables]) => [`${group}.g`, variables]));
