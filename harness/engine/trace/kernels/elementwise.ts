import { sizeOf } from '../../tensor.js';
import type { Info, TraceBackend } from '../backend.js';
import { broadcastShape, expanded, kernel, reshaped, sameShape, typeOf } from './kernel.js';

// ---------------------------------------------------------------- of one array

/** What one number everywhere becomes without a node. */
const FOLDED: Readonly<Record<string, (x: number) => number>> = {
  Neg: (x) => -x,
  Exp: Math.exp,
  Log: Math.log,
  Sqrt: Math.sqrt,
  Abs: Math.abs,
  Reciprocal: (x) => 1 / x,
};

function unary(name: string, op: string): void {
  kernel(name, (backend, { x }) => {
    const traced = backend.traced(x!);
    const fold = FOLDED[op];
    if (traced.kind === 'splat' && fold !== undefined) {
      return backend.put({ kind: 'splat', splat: Math.fround(fold(traced.splat)) }, x!.shape, 'float32');
    }
    if (traced.kind === 'expand') {
      const { base } = traced;
      const small = backend.graph.node(op, [base], base.shape, typeOf(x!), { flops: sizeOf(base.shape) });
      return backend.put({ kind: 'expand', base: small }, x!.shape, typeOf(x!));
    }
    return backend.emit(op, [backend.value(x!)], x!.shape, typeOf(x!), { flops: sizeOf(x!.shape) });
  });
}

for (const name of ['Neg', 'Exp', 'Log', 'Sqrt', 'Abs', 'Reciprocal', 'Sigmoid', 'Tanh', 'Relu'])
  unary(name, name);
for (const name of ['Softplus', 'Sign', 'Floor', 'Erf', 'Sin', 'Cos']) unary(name, name);
unary('LogicalNot', 'Not');

kernel('Square', (backend, { x }) => arithmetic(backend, 'Mul', x!, x!));
kernel('Rsqrt', (backend, { x }) => {
  const flops = sizeOf(x!.shape);
  const root = backend.graph.node('Sqrt', [backend.value(x!)], x!.shape, 'float32', { flops });
  return backend.emit('Reciprocal', [root], x!.shape, 'float32', { flops });
});
kernel('Log1p', (backend, { x }) => {
  const g = backend.graph;
  const flops = sizeOf(x!.shape);
  const plusOne = g.node('Add', [backend.value(x!), g.scalar(1)], x!.shape, 'float32', { flops });
  return backend.emit('Log', [plusOne], x!.shape, 'float32', { flops });
});
/** 1 where x > 0, else alpha. */
kernel('Step', (backend, { x }, { alpha }) => {
  const g = backend.graph;
  const flops = sizeOf(x!.shape);
  const isPositive = g.node('Greater', [backend.value(x!), g.scalar(0)], x!.shape, 'bool', { flops });
  const elsewhere = (alpha as number | undefined) ?? 0;
  return backend.emit('Where', [isPositive, g.scalar(1), g.scalar(elsewhere)], x!.shape, 'float32', {
    flops,
  });
});
kernel('ClipByValue', (backend, { x }, { clipValueMin, clipValueMax }) => {
  const g = backend.graph;
  const inputs = [backend.value(x!), g.scalar(clipValueMin as number), g.scalar(clipValueMax as number)];
  return backend.emit('Clip', inputs, x!.shape, 'float32', { flops: sizeOf(x!.shape) });
});

// ---------------------------------------------------------------- of two arrays

const COMBINED: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
  Max: Math.max,
  Min: Math.min,
  Pow: Math.pow,
};

/**
 * Elementwise with broadcasting; constants fold, neutral elements vanish, and two broadcast operands stay
 * small.
 */
function arithmetic(backend: TraceBackend, op: string, a: Info, b: Info): Info {
  const shape = broadcastShape(a.shape, b.shape);
  const x = backend.traced(a);
  const y = backend.traced(b);
  const type = typeOf(a);
  const combine = COMBINED[op];
  if (x.kind === 'splat' && y.kind === 'splat' && combine !== undefined) {
    const result = combine(x.splat, y.splat);
    const splat = type === 'int32' ? Math.trunc(result) : Math.fround(result);
    return backend.put({ kind: 'splat', splat }, shape, type);
  }
  if (y.kind === 'splat') {
    if (y.splat === 1 && (op === 'Mul' || op === 'Div' || op === 'Pow')) return expanded(backend, a, shape);
    if (y.splat === 0 && (op === 'Add' || op === 'Sub')) return expanded(backend, a, shape);
    if (y.splat === 0 && op === 'Mul') return backend.put({ kind: 'splat', splat: 0 }, shape, type);
  }
  if (x.kind === 'splat') {
    if (x.splat === 1 && op === 'Mul') return expanded(backend, b, shape);
    if (x.splat === 0 && op === 'Add') return expanded(backend, b, shape);
    if (x.splat === 0 && op === 'Mul') return backend.put({ kind: 'splat', splat: 0 }, shape, type);
  }
  const left = backend.broadcastable(a);
  const right = backend.broadcastable(b);
  const small = broadcastShape(left.shape, right.shape);
  const value = backend.graph.node(op, [left, right], small, type, { flops: sizeOf(small) });
  return sameShape(small, shape)
    ? backend.tensor(value)
    : backend.put({ kind: 'expand', base: value }, shape, type);
}

const ARITHMETIC = {
  Add: 'Add',
  Sub: 'Sub',
  Multiply: 'Mul',
  RealDiv: 'Div',
  Maximum: 'Max',
  Minimum: 'Min',
  Pow: 'Pow',
};
for (const [name, op] of Object.entries(ARITHMETIC)) {
  kernel(name, (backend, { a, b }) => arithmetic(backend, op, a!, b!));
}
kernel('AddN', (backend, inputs) =>
  Object.values(inputs).reduce((sum, x) => arithmetic(backend, 'Add', sum, x)),
);
kernel('SquaredDifference', (backend, { a, b }) => {
  const difference = arithmetic(backend, 'Sub', a!, b!);
  return arithmetic(backend, 'Mul', difference, difference);
});

// ---------------------------------------------------------------- comparisons and choice

const COMPARISONS = {
  Greater: 'Greater',
  GreaterEqual: 'GreaterOrEqual',
  Less: 'Less',
  LessEqual: 'LessOrEqual',
  Equal: 'Equal',
  LogicalAnd: 'And',
  LogicalOr: 'Or',
};

function comparison(name: string, op: string, isNegated: boolean): void {
  kernel(name, (backend, { a, b }) => {
    const shape = broadcastShape(a!.shape, b!.shape);
    const flops = sizeOf(shape);
    const left = backend.value(a!);
    const right = backend.broadcastable(b!);
    const value = backend.graph.node(op, [left, right], shape, 'bool', { flops });
    return isNegated ? backend.emit('Not', [value], shape, 'bool', { flops }) : backend.tensor(value);
  });
}
for (const [name, op] of Object.entries(COMPARISONS)) comparison(name, op, false);
comparison('NotEqual', 'Equal', true);

kernel('Select', (backend, { condition, t, e }) => {
  const rank = t!.shape.length;
  // A vector of conditions chooses whole rows.
  const isByRow = condition!.shape.length === 1 && rank > 1;
  const aligned = isByRow
    ? reshaped(backend, condition!, [condition!.shape[0]!, ...Array<number>(rank - 1).fill(1)])
    : condition!;
  const inputs = [backend.value(aligned), backend.broadcastable(t!), backend.broadcastable(e!)];
  return backend.emit('Where', inputs, t!.shape, typeOf(t!), { flops: sizeOf(t!.shape) });
});
