import { createHash } from 'node:crypto';
import { type Flops, StandIns, summed } from './varying.js';

/** The version of ONNX's operators whose names and attributes the kernels write. */
export const OPSET = 20;

export type ElementType = 'float32' | 'int32' | 'int64' | 'bool' | 'bfloat16';

/**
 * The numbers by which ONNX names element types (TensorProto.DataType), in files and in the attribute of a
 * Cast.
 */
export const ELEMENT_CODE: Readonly<Record<ElementType, number>> = {
  float32: 1,
  int32: 6,
  int64: 7,
  bool: 9,
  bfloat16: 16,
};

/** A value of the graph: produced by a node, fed, or constant. */
export interface Value {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: ElementType;
}

/** A plain number is an integer. */
export type AttributeValue = number | string | readonly number[] | { readonly float: number };

export interface NodeOptions {
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  /** Floating-point operations of this node. Default: 0. */
  readonly flops?: number;
  /** Default: ONNX's own operators. */
  readonly domain?: string;
}

export interface GraphNode {
  /** Name of an ONNX operator. */
  readonly op: string;
  /** Names of values; an input that is left out is ''. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly flops: number;
  /** Whose operator it is; absent for ONNX's own. */
  readonly domain?: string;
}

/** A value that is fed, with the names of sizes that vary. */
export interface BorderValue extends Omit<Value, 'shape'> {
  readonly shape: readonly (number | string)[];
}

/** A constant, little-endian. */
export interface Initializer extends Value {
  readonly data: Uint8Array;
}

/** What the outputs of a program need, and nothing else; nodes stand in the order they run. */
export interface FinishedGraph {
  readonly nodes: readonly GraphNode[];
  readonly inputs: readonly BorderValue[];
  readonly outputs: readonly Value[];
  readonly initializers: readonly Initializer[];
  /** Floating-point operations of one run. */
  readonly flops: Flops;
}

/** How values that nodes compute are named; variables are `v:...`. */
const COMPUTED = /^v\d/;

/**
 * Builds a graph of ONNX operators. Equal nodes are made once (common subexpressions), constants are shared,
 * and only what the outputs need is kept and counted.
 */
export class Graph {
  private readonly nodes: GraphNode[] = [];
  private readonly made = new Map<string, readonly Value[]>();
  private readonly initializers = new Map<string, Initializer>();
  private readonly constants = new Map<string, Value>();
  private readonly inputs: Value[] = [];
  private readonly shapes = new Map<string, readonly number[]>();
  private counter = 0;

  /** @param standIns for sizes that vary */
  constructor(readonly standIns = new StandIns()) {}

  input(name: string, shape: readonly number[], type: ElementType): Value {
    const value: Value = { name, shape, type };
    this.inputs.push(value);
    this.shapes.set(name, shape);
    return value;
  }

  constant(data: Float32Array | Int32Array | BigInt64Array | Uint8Array, shape: readonly number[]): Value {
    const type: ElementType =
      data instanceof Float32Array
        ? 'float32'
        : data instanceof Int32Array
          ? 'int32'
          : data instanceof BigInt64Array
            ? 'int64'
            : 'bool';
    this.standIns.refuse(shape);
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
    const content = createHash('sha1').update(bytes).digest('base64');
    const key = `${type}[${shape.join(',')}]${content}`;
    const known = this.constants.get(key);
    if (known !== undefined) return known;
    const name = `c${this.counter++}`;
    this.initializers.set(name, { name, type, shape, data: bytes });
    const value: Value = { name, shape, type };
    this.constants.set(key, value);
    return value;
  }

  scalar(value: number): Value {
    return this.constant(Float32Array.of(value), []);
  }

  ints(values: readonly number[]): Value {
    this.standIns.refuse(values);
    return this.constant(
      BigInt64Array.from(values, (v) => BigInt(v)),
      [values.length],
    );
  }

  node(
    op: string,
    inputs: readonly (Value | null)[],
    shape: readonly number[],
    type: ElementType,
    options: NodeOptions = {},
  ): Value {
    return this.nodeMany(op, inputs, [{ shape, type }], options)[0]!;
  }

  nodeMany(
    op: string,
    inputs: readonly (Value | null)[],
    outputs: readonly { shape: readonly number[]; type: ElementType }[],
    options: NodeOptions = {},
  ): readonly Value[] {
    const names = inputs.map((input) => input?.name ?? '');
    const attributes = options.attributes ?? {};
    const results = outputs.map((output) => `${output.type}${output.shape.join('x')}`).join(';');
    const key = `${op}|${names.join(',')}|${JSON.stringify(attributes)}|${results}`;
    const known = this.made.get(key);
    if (known !== undefined) return known;
    const values = outputs.map(({ shape, type }) => ({ name: `v${this.counter++}`, shape, type }));
    values.forEach(({ name, shape }) => this.shapes.set(name, shape));
    this.nodes.push({
      op,
      inputs: names,
      outputs: values.map((v) => v.name),
      attributes,
      flops: options.flops ?? 0,
      ...(options.domain === undefined ? {} : { domain: options.domain }),
    });
    this.made.set(key, values);
    return values;
  }

  /**
   * @param outputs graph output name -> value; values that are inputs or constants pass through an Identity
   */
  finish(outputs: ReadonlyMap<string, Value>): FinishedGraph {
    for (const { shape } of outputs.values()) this.standIns.refuse(shape);
    const renamed = new Map<string, string>();
    const passedOn: GraphNode[] = [];
    for (const [name, value] of outputs) {
      const isFree = COMPUTED.test(value.name) && !renamed.has(value.name);
      if (isFree) renamed.set(value.name, name);
      else passedOn.push({ op: 'Identity', inputs: [value.name], outputs: [name], attributes: {}, flops: 0 });
    }
    const needed = this.reachable([...outputs.values()].map((value) => value.name));
    const rename = (name: string): string => renamed.get(name) ?? name;
    const nodes = [...needed, ...passedOn].map((node) => ({
      ...node,
      inputs: node.inputs.map(rename),
      outputs: node.outputs.map(rename),
    }));
    const used = new Set(nodes.flatMap((node) => node.inputs));
    return {
      nodes,
      inputs: this.inputs.filter((input) => used.has(input.name)).map((input) => this.named(input)),
      outputs: [...outputs].map(([name, value]) => ({ name, type: value.type, shape: value.shape })),
      initializers: [...this.initializers.values()].filter((constant) => used.has(constant.name)),
      flops: summed(needed.map((node) => this.standIns.term(node.flops, this.shapesAt(node)))),
    };
  }

  private named({ name, type, shape }: Value): BorderValue {
    return { name, type, shape: this.standIns.named(shape) };
  }

  private shapesAt({ inputs, outputs }: GraphNode): (readonly number[])[] {
    return [...inputs, ...outputs].map((name) => this.shapes.get(name) ?? []);
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
