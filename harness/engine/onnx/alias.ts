import type { FinishedGraph } from '../trace/graph.js';

/** Operators that may write where they read; GroupQueryAttention looks for it and then copies no cache. */
const ELEMENTWISE = new Set(['Add', 'Sub', 'Mul', 'Div', 'ScatterND', 'GroupQueryAttention']);

/**
 * May output `output` be written into the memory that inputs `inputs` are read from? onnxruntime does not
 * know of such an alias, so every node that reads one of the inputs must be forced to run before the node
 * that writes: it must be an ancestor of the writer, or the writer itself where that works element by
 * element.
 */
export function mayWriteInPlace(
  graph: Pick<FinishedGraph, 'nodes'>,
  output: string,
  inputs: ReadonlySet<string>,
): boolean {
  const producer = new Map<string, number>();
  graph.nodes.forEach((node, i) => node.outputs.forEach((name) => producer.set(name, i)));
  const writer = producer.get(output);
  if (writer === undefined) return false;
  const ancestors = new Set<number>();
  const queue = [writer];
  while (queue.length > 0) {
    for (const input of graph.nodes[queue.pop()!]!.inputs) {
      const from = producer.get(input);
      if (from !== undefined && !ancestors.has(from)) {
        ancestors.add(from);
        queue.push(from);
      }
    }
  }
  return graph.nodes.every((node, i) => {
    if (!node.inputs.some((name) => inputs.has(name))) return true;
    return i === writer ? ELEMENTWISE.has(node.op) : ancestors.has(i);
  });
}
