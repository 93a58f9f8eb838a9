import { Writer } from '../../protobuf.js';
import {
  type AttributeValue,
  type BorderValue,
  ELEMENT_CODE,
  type FinishedGraph,
  type GraphNode,
  type Initializer,
  OPSET,
} from '../trace/graph.js';

/*
 * The few protocol-buffer messages of ONNX that a traced graph needs (onnx.proto3, IR version 9), written by
 * hand: 100 lines against a code generator.
 */

/** A tensor that crosses a model's border; where its shape is null, it has any. */
export interface ModelValue extends Omit<BorderValue, 'shape'> {
  readonly shape: BorderValue['shape'] | null;
}

export interface Model extends Pick<FinishedGraph, 'nodes' | 'initializers'> {
  readonly inputs: readonly ModelValue[];
  readonly outputs: readonly ModelValue[];
}

/** Serialises a model to bytes that onnxruntime loads. */
export function encodeModel(model: Model): Uint8Array {
  const graph = new Writer();
  for (const node of model.nodes) graph.message(1, encodeNode(node));
  graph.string(2, 'tiltyard');
  for (const tensor of model.initializers) graph.message(5, encodeInitializer(tensor));
  for (const value of model.inputs) graph.message(11, encodeValue(value));
  for (const value of model.outputs) graph.message(12, encodeValue(value));
  const out = new Writer();
  out.int(1, 9);
  out.string(2, 'tiltyard');
  out.message(7, graph);
  out.message(8, new Writer().string(1, '').int(2, OPSET));
  out.message(8, new Writer().string(1, 'com.microsoft').int(2, 1));
  return out.finish();
}

function encodeNode(node: GraphNode): Writer {
  const out = new Writer();
  for (const input of node.inputs) out.string(1, input);
  for (const output of node.outputs) out.string(2, output);
  out.string(4, node.op);
  for (const [name, value] of Object.entries(node.attributes)) out.message(5, encodeAttribute(name, value));
  if (node.domain !== undefined) out.string(7, node.domain);
  return out;
}

/** Field 20 holds the attribute's type. */
function encodeAttribute(name: string, value: AttributeValue): Writer {
  const out = new Writer().string(1, name);
  if (typeof value === 'number') return out.int(3, value).int(20, 2);
  if (typeof value === 'string') return out.string(4, value).int(20, 3);
  if ('float' in value) return out.float(2, value.float).int(20, 1);
  for (const item of value) out.int(8, item);
  return out.int(20, 7);
}

function encodeInitializer(tensor: Initializer): Writer {
  const out = new Writer();
  for (const dim of tensor.shape) out.int(1, dim);
  return out.int(2, ELEMENT_CODE[tensor.type]).string(8, tensor.name).bytes(9, tensor.data);
}

function encodeValue({ name, type, shape }: ModelValue): Writer {
  const tensor = new Writer().int(1, ELEMENT_CODE[type]);
  if (shape !== null) {
    const dims = new Writer();
    for (const dim of shape)
      dims.message(1, typeof dim === 'string' ? new Writer().string(2, dim) : new Writer().int(1, dim));
    tensor.message(2, dims);
  }
  return new Writer().string(1, name).message(2, new Writer().message(1, tensor));
}
