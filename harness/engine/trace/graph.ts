import { type Attribute, type ElementType, encodeModel, type InitializerProto, type NodeProto, type ValueProto } from '../onnx/proto.js';

export const OPSET = 20;

/** A value of the graph: produced by a node, fed, or constant. */
export interface Value {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: ElementType;
}

export type AttributeValue = number | string | readonly number[] | { readonly float: number };

export interface NodeOptions {
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  /** Floating-point operations of this node. Default: 0. */
  readonly flops?: number;
}

interface GraphNode extends NodeProto {
  readonly flops: number;
}

/**
 * Builds an ONNX graph. Equal nodes are made once (common subexpressions), constants are shared, and only what the
 * outputs need is serialised and counted.
 */
export class Graph {
  private readonly nodes: GraphNode[] = [];
  private readonly made = new Map<string, readonly Value[]>();
  private readonly initializers = new Map<string, InitializerProto>();
  private readonly constants = new Map<string, Value>();
  private readonly inputs: ValueProto[] = [];
  private counter = 0;

  input(name: string, shape: readonly number[], type: ElementType): Value {
    this.inputs.push({ name, shape, type });
    return { name, shape, type };
  }

  constant(data: Float32Array | Int32Array | BigInt64Array | Uint8Array, shape: readonly number[]): Value {
    const type: ElementType =
      data instanceof Float32Array ? 'float32' : data instanceof Int32Array ? 'int32' : data instanceof BigInt64Array ? 'int64' : 'bool';
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
    const key = bytes.length <= 4096 ? `${type}[${shape.join(',')}]${Buffer.from(bytes).toString('base64')}` : undefined;
    const known = key === undefined ? undefined : this.constants.get(key);
    if (known !== undefined) return known;
    const name = `c${this.counter++}`;
    this.initializers.set(name, { name, type, shape, data: bytes });
    const value: Value = { name, shape, type };
    if (key !== undefined) this.constants.set(key, value);
    return value;
  }

  scalar(value: number): Value {
    return this.constant(Float32Array.of(value), []);
  }

  ints(values: readonly number[]): Value {
    return this.constant(BigInt64Array.from(values, (v) => BigInt(v)), [values.length]);
  }

  node(op: string, inputs: readonly (Value | null)[], shape: readonly number[], type: ElementType, options: NodeOptions = {}): Value {
    return this.nodeMany(op, inputs, [{ shape, type }], options)[0]!;
  }

  nodeMany(
    op: string,
    inputs: readonly (Value | null)[],
    outputs: readonly { shape: readonly number[]; type: ElementType }[],
    options: NodeOptions = {},
  ): readonly Value[] {
    const names = inputs.map((input) => input?.name ?? '');
    const key = `${op}|${names.join(',')}|${JSON.stringify(options.attributes ?? {})}|${outputs.map((o) => `${o.type}${o.shape.join('x')}`).join(';')}`;
    const known = this.made.get(key);
    if (known !== undefined) return known;
    const values = outputs.map(({ shape, type }) => ({ name: `v${this.counter++}`, shape, type }));
    const attributes = Object.fromEntries(Object.entries(options.attributes ?? {}).map(([name, v]) => [name, toAttribute(v)]));
    this.nodes.push({
      op,
      ...(options.domain === undefined ? {} : { domain: options.domain }),
      inputs: names,
      outputs: values.map((v) => v.name),
      attributes,
      flops: options.flops ?? 0,
    });
    this.made.set(key, values);
    return values;
  }

  /**
   * @param outputs graph output name -> value; values that are inputs or constants pass through an Identity
   * @param leadWithSequence put an empty-sequence output first (see session.ts for why)
   */
  finish(outputs: ReadonlyMap<string, Value>, leadWithSequence: boolean): FinishedGraph {
    const renamed = new Map<string, string>();
    const extra: GraphNode[] = [];
    for (const [name, value] of outputs) {
      const free = value.name.startsWith('v') && !renamed.has(value.name);
      if (free) renamed.set(value.name, name);
      else extra.push({ op: 'Identity', inputs: [value.name], outputs: [name], attributes: {}, flops: 0 });
    }
    const nodes = this.reachable([...outputs.values()].map((v) => v.name));
    const rename = (name: string): string => renamed.get(name) ?? name;
    const all = [...nodes, ...extra].map((node) => ({ ...node, inputs: node.inputs.map(rename), outputs: node.outputs.map(rename) }));
    const used = new Set(all.flatMap((node) => node.inputs));
    const outputProtos: ValueProto[] = [...outputs].map(([name, value]) => ({ name, type: value.type, shape: value.shape }));
    if (leadWithSequence) {
      all.push({ op: 'SequenceEmpty', inputs: [], outputs: ['nothing'], attributes: { dtype: { type: 'int', value: 1 } }, flops: 0 });
      outputProtos.unshift({ name: 'nothing', type: 'float32', shape: [], sequence: true });
    }
    const inputs = this.inputs.filter((input) => used.has(input.name));
    return {
      bytes: encodeModel({
        nodes: all,
        inputs,
        outputs: outputProtos,
        initializers: [...this.initializers.values()].filter((i) => used.has(i.name)),
        opset: OPSET,
      }),
      nodes: all,
      inputs,
      outputs: outputProtos,
      flops: all.reduce((total, node) => total + node.flops, 0),
    };
  }

  /** Nodes that the named values need, in the order they were made. */
  private reachable(names: readonly string[]): GraphNode[] {
    const needed = new Set(names);
    const kept: GraphNode[] = [];
    for (let i = this.nodes.length - 1; i >= 0; i--) {
      const node = this.nodes[i]!;
      if (!node.outputs.some((name) => needed.has(name))) continue;
      for (const input of node.inputs) needed.add(input);
      kept.push(node);
    }
    return kept.reverse();
  }
}

export interface FinishedGraph {
  readonly bytes: Uint8Array;
  readonly nodes: readonly (NodeProto & { readonly flops: number })[];
  readonly inputs: readonly ValueProto[];
  readonly outputs: readonly ValueProto[];
  readonly flops: number;
}

function toAttribute(value: AttributeValue): Attribute {
  if (typeof value === 'number') return { type: 'int', value };
  if (typeof value === 'string') return { type: 'string', value };
  if ('float' in value) return { type: 'float', value: value.float };
  return { type: 'ints', value };
}
