import { Writer } from '../../protobuf.js';

/** The few protocol-buffer messages of ONNX that a traced graph needs (onnx.proto3, IR version 9), written by hand: 100 lines against a code generator. */
export type Attribute =
  | { readonly type: 'int'; readonly value: number }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'ints'; readonly value: readonly number[] };

export interface NodeProto {
  readonly op: string;
  readonly domain?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

export type ElementType = 'float32' | 'int32' | 'int64' | 'bool';
const ELEMENT_CODE: Record<ElementType, number> = { float32: 1, int32: 6, int64: 7, bool: 9 };

export interface ValueProto {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** A sequence of such tensors rather than one. */
  readonly sequence?: boolean;
}

export interface InitializerProto {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

export interface ModelProto {
  readonly nodes: readonly NodeProto[];
  readonly inputs: readonly ValueProto[];
  readonly outputs: readonly ValueProto[];
  readonly initializers: readonly InitializerProto[];
  readonly opset: number;
}

/** Serialises a model to bytes that onnxruntime loads. */
export function encodeModel(model: ModelProto): Uint8Array {
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
  out.message(8, new Writer().string(1, '').int(2, model.opset));
  out.message(8, new Writer().string(1, 'com.microsoft').int(2, 1));
  return out.finish();
}

function encodeNode(node: NodeProto): Writer {
  const out = new Writer();
  for (const input of node.inputs) out.string(1, input);
  for (const output of node.outputs) out.string(2, output);
  out.string(4, node.op);
  for (const [name, attribute] of Object.entries(node.attributes)) {
    const a = new Writer().string(1, name);
    switch (attribute.type) {
      case 'float':
        a.float(2, attribute.value).int(20, 1);
        break;
      case 'int':
        a.int(3, attribute.value).int(20, 2);
        break;
      case 'string':
        a.string(4, attribute.value).int(20, 3);
        break;
      case 'ints':
        for (const value of attribute.value) a.int(8, value);
        a.int(20, 7);
        break;
      default:
        attribute satisfies never;
    }
    out.message(5, a);
  }
  if (node.domain !== undefined) out.string(7, node.domain);
  return out;
}

function encodeInitializer(tensor: InitializerProto): Writer {
  const out = new Writer();
  for (const dim of tensor.shape) out.int(1, dim);
  return out.int(2, ELEMENT_CODE[tensor.type]).string(8, tensor.name).bytes(9, tensor.data);
}

function encodeValue(value: ValueProto): Writer {
  const shape = new Writer();
  for (const dim of value.shape) shape.message(1, new Writer().int(1, dim));
  const tensor = new Writer().message(1, new Writer().int(1, ELEMENT_CODE[value.type]).message(2, shape));
  const type = value.sequence === true ? new Writer().message(4, new Writer().message(1, tensor)) : tensor;
  return new Writer().string(1, value.name).message(2, type);
}
