import * as tf from '@tensorflow/tfjs';
import { FLAT, type FlatLayout, type Scope, type Variables } from '../engine.js';
import type { Tensor } from '../ops.js';

/** A scalar to minimise, and scalars to report. */
export interface TrainStep {
  readonly loss: Tensor;
  readonly metrics: Readonly<Record<string, Tensor>>;
}

/** Trainable variables by group name. */
export type Groups = Readonly<Record<string, Variables>>;

/** A trainable array, as a program sees it. */
export interface Parameter {
  readonly group: string;
  readonly name: string;
  readonly param: Tensor;
}

/** The gradient of one array, or of all those of a group that lie in one buffer (`FLAT`). */
export interface Gradient {
  readonly group: string;
  readonly name: string;
  readonly grad: Tensor;
}

/**
 * What a body builds, with the gradients of its loss by these tensors: null where the loss does not hang on
 * one.
 */
export function differentiated(
  body: () => TrainStep,
  by: readonly Tensor[],
): TrainStep & { readonly grads: readonly (Tensor | null)[] } {
  let metrics: Readonly<Record<string, Tensor>> = {};
  const { value: loss, grads } = tf.engine().gradients(
    () => {
      const result = body();
      metrics = Object.fromEntries(
        Object.entries(result.metrics).map(([key, tensor]) => [key, tf.keep(tf.clone(tensor))]),
      );
      return result.loss;
    },
    [...by],
    undefined,
    true,
  );
  return { loss, metrics, grads: grads as (Tensor | null)[] };
}

/** Every trainable array, group by group. */
export const parametersOf = (scope: Scope, groups: Groups): Parameter[] =>
  Object.keys(groups).flatMap((group) =>
    Object.entries(scope.tensors(group)).map(([name, param]) => ({ group, name, param })),
  );

/**
 * Gradients in the pieces in which arrays are updated: one for those of a group that lie in one buffer, one
 * for each other array.
 * @param grads by the parameters; null: 0
 */
export function inPieces(
  groups: Groups,
  params: readonly Parameter[],
  grads: readonly (Tensor | null)[],
): Gradient[] {
  const all = params.map(({ group, name, param }, i) => ({
    group,
    name,
    grad: grads[i] ?? tf.zerosLike(param),
  }));
  return Object.entries(groups).flatMap(([group, { flat }]): Gradient[] => {
    const members = all.filter((gradient) => gradient.group === group);
    const together = members.filter(({ name }) => flat?.offsets.has(name) === true);
    const apart = members.filter(({ name }) => flat?.offsets.has(name) !== true);
    return [...(flat === null ? [] : [{ group, name: FLAT, grad: endToEnd(flat, together) }]), ...apart];
  });
}

/** What a group's pieces are in other variables of the same shapes: its moments, its gradients. */
export const pieceOf = (scope: Scope, variables: string, name: string): Tensor =>
  name === FLAT ? scope.flat(variables) : scope.tensors(variables)[name]!;

/** Names of the pieces of a group. */
export const piecesOf = ({ shapes, flat }: Variables): string[] => [
  ...(flat === null ? [] : [FLAT]),
  ...[...shapes.keys()].filter((name) => flat?.offsets.has(name) !== true),
];

/** Gradients of the arrays that lie end to end, as the one vector that holds these. */
function endToEnd({ total, offsets }: FlatLayout, gradients: readonly Gradient[]): Tensor {
  const pieces = gradients.flatMap(({ name, grad }, i) => {
    const next = gradients[i + 1];
    const end = next === undefined ? total : offsets.get(next.name)!;
    const gap = end - offsets.get(name)! - grad.size;
    return [tf.reshape(grad, [grad.size]), ...(gap === 0 ? [] : [tf.zeros([gap])])];
  });
  return tf.concat(pieces, 0);
}
