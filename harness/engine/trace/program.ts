import * as tf from '@tensorflow/tfjs';
import { FLAT, type ProgramSpec, type Scope, type Variables } from '../engine.js';
import type { Tensor } from '../ops.js';
import { elementTypeOf, type HostTensor } from '../tensor.js';
import { type TraceBackend, trace } from './backend.js';
import type { FinishedGraph, Value } from './graph.js';
import { StandIns } from './varying.js';
import './kernels/index.js';

/** How a traced graph names what crosses its border. */
export const borderName = {
  feed: (name: string): string => `f:${name}`,
  variable: (group: string, name: string): string => `v:${group}/${name}`,
  output: (name: string): string => `o:${name}`,
  /** The new value of a variable. */
  assigned: (group: string, name: string): string => `a:${group}/${name}`,
};

export interface TracedProgram {
  /** Its inputs and outputs are named as `borderName` says. */
  readonly graph: FinishedGraph;
  readonly assigned: readonly { readonly group: string; readonly name: string }[];
  readonly outputNames: readonly string[];
}

/** The graph of a program for feeds of these shapes; the numbers in the feeds are not looked at. */
export function traceProgram(spec: ProgramSpec, feeds: Readonly<Record<string, HostTensor>>): TracedProgram {
  const fixed = Object.values(spec.variables).flatMap(({ shapes }) => [...shapes.values()].flat());
  const standIns = new StandIns(feeds, new Set([...fixed, ...Object.values(feeds).flatMap((f) => f.shape)]));
  return trace((backend) => {
    const inputs: Record<string, Tensor> = {};
    for (const [name, feed] of Object.entries(feeds)) {
      const [shape, type] = [standIns.shapeOf(feed), elementTypeOf(feed.data)];
      inputs[name] = asTensor(backend, backend.graph.input(borderName.feed(name), shape, type));
    }
    const result = spec.body(scopeOf(backend, spec.variables), inputs);
    const outputs = new Map<string, Value>();
    const assigned: { group: string; name: string }[] = [];
    for (const [group, values] of Object.entries(result.assign ?? {})) {
      for (const [name, tensor] of Object.entries(values)) {
        outputs.set(borderName.assigned(group, name), backend.value(tensor));
        assigned.push({ group, name });
      }
    }
    for (const [name, tensor] of Object.entries(result.outputs)) {
      outputs.set(borderName.output(name), backend.value(tensor));
    }
    return { graph: backend.graph.finish(outputs), assigned, outputNames: Object.keys(result.outputs) };
  }, standIns);
}

/** Variables as inputs of the graph; a group that the body never asks for leaves no trace. */
function scopeOf(backend: TraceBackend, groups: Readonly<Record<string, Variables>>): Scope {
  const input = (group: string, name: string, shape: readonly number[]): Tensor =>
    asTensor(backend, backend.graph.input(borderName.variable(group, name), shape, 'float32'));
  const made = new Map<string, Readonly<Record<string, Tensor>>>();
  return {
    tensors(group) {
      let tensors = made.get(group);
      if (tensors === undefined) {
        const { shapes } = groups[group]!;
        tensors = Object.fromEntries([...shapes].map(([name, shape]) => [name, input(group, name, shape)]));
        made.set(group, tensors);
      }
      return tensors;
    },
    flat(group) {
      return input(group, FLAT, [groups[group]!.flat!.total]);
    },
  };
}

function asTensor(backend: TraceBackend, value: Value): Tensor {
  const { dataId, shape, dtype } = backend.tensor(value);
  return tf.engine().makeTensorFromDataId(dataId, shape, dtype, backend) as Tensor;
}
