import * as tf from '@tensorflow/tfjs';
import type { Engine, Program, Scope, Variables } from '../engine.js';
import type { Tensor } from '../ops.js';
import { type HostTensor, sizeOf } from '../tensor.js';
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
      body: (scope, feeds) => {
        const params = parametersOf(scope, groups);
        const { grads } = differentiated(
          () => ({ loss: body(scope, feeds), metrics: {} }),
          params.map(({ param }) => param),
        );
        const assign: Record<string, Record<string, Tensor>> = {};
        for (const { group, name, grad } of inPieces(groups, params, grads)) {
          const sum = tf.add(pieceOf(scope, `${group}.g`, name), grad);
          assign[`${group}.g`] = { ...assign[`${group}.g`], [name]: sum };
        }
        return { outputs: {}, assign };
      },
    });
  }

  get lastFlops(): number {
    return this.program.lastFlops;
  }

  /** Sets the sums to 0. */
  async clear(): Promise<void> {
    for (const variables of Object.values(this.sums)) {
      const sizes = [...variables.shapes].map(([name, shape]) => [name, sizeOf(shape)] as const);
      const zeros = new Float32Array(Math.max(...sizes.map(([, size]) => size)));
      await variables.write(new Map(sizes.map(([name, size]) => [name, zeros.subarray(0, size)])));
    }
  }

  async add(feeds: Readonly<Record<string, HostTensor>>): Promise<void> {
    await this.program.run(feeds);
  }
}

/** Sums of gradients under the names by which programs know them: `<group>.g`. */
export const gradientsOf = (sums: Groups): Groups =>
  Object.fromEntries(Object.entries(sums).map(([group, variables]) => [`${group}.g`, variables]));
