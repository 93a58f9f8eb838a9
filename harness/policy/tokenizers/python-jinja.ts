import { Template as Jinja } from '@huggingface/jinja';
import { range } from './template-limits.js';

/** A part of a template's tree, as the library's parser makes it. */
interface Node {
  type: string;
  [field: string]: unknown;
}

/** A value at run time, with the type that it has there. */
interface Value {
  readonly type: string;
  readonly value: unknown;
}

/** Statements; what else stands in a block is printed. */
const STATEMENTS = new Set([
  'If',
  'For',
  'Break',
  'Continue',
  'Set',
  'Macro',
  'Comment',
  'FilterStatement',
  'CallStatement',
  'Program',
]);

/** `raise_exception`: the library's own cannot be told from its failures. */
export const RAISE = 'tiltyard_raise';

/**
 * A chat template that prints what Python's Jinja prints: `None`, `True`, lists and dictionaries in Python's
 * notation, `~` of them, and strings stripped of what Python calls white space, or of the characters given.
 * @throws Error for what the library cannot parse
 */
export function pythonJinja(source: string): Jinja {
  const template = new Jinja(source.replace(/\braise_exception\b/g, RAISE));
  rewrite(template.parsed as unknown as Node);
  return template;
}

/** The functions that a rewritten template calls. */
export const PYTHON = {
  tiltyard_range: range,
  tiltyard_text: ([value]: readonly Value[]) => printed(value!),
  tiltyard_strip: (args: readonly Value[]) => strip(args, true, true),
  tiltyard_lstrip: (args: readonly Value[]) => strip(args, true, false),
  tiltyard_rstrip: (args: readonly Value[]) => strip(args, false, true),
  tiltyard_length: ([value]: readonly Value[]) => lengthOf(value!),
  tiltyard_addable: (values: readonly Value[]) => addable(values),
  tiltyard_equal: ([a, b]: readonly Value[]) => equal(a!, b!),
  tiltyard_unequal: ([a, b]: readonly Value[]) => !equal(a!, b!),
};

const identifier = (value: string): Node => ({ type: 'Identifier', value });
/** A list keeps the types of what is in it. */
const call = (name: Exclude<keyof typeof PYTHON, 'tiltyard_range'>, args: readonly Node[]): Node => ({
  type: 'CallExpression',
  callee: identifier(name),
  args: [{ type: 'ArrayLiteral', value: args }],
});

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Partial<Node>).type === 'string';

/** Rewrites a tree in place. */
function rewrite(node: Node): void {
  for (const [field, value] of Object.entries(node)) {
    if (isNode(value)) node[field] = rewritten(value);
    else if (Array.isArray(value)) {
      const isBlock = ['body', 'alternate', 'defaultBlock'].includes(field);
      node[field] = value.map((child: unknown) => {
        if (!isNode(child)) return child;
        const done = rewritten(child);
        const prints = isBlock && !STATEMENTS.has(done.type) && done.type !== 'StringLiteral';
        return prints ? call('tiltyard_text', [done]) : done;
      });
    } else if (value instanceof Map)
      node[field] = new Map(
        [...(value as Map<unknown, unknown>)].map(([key, child]) => [
          key,
          isNode(child) ? rewritten(child) : child,
        ]),
      );
  }
}

function rewritten(node: Node): Node {
  rewrite(node);
  if (node.type === 'BinaryExpression') {
    const [left, right] = [node['left'] as Node, node['right'] as Node];
    const operator = (node['operator'] as { value?: string }).value;
    if (operator === '~')
      return { ...node, left: call('tiltyard_text', [left]), right: call('tiltyard_text', [right]) };
    if (operator === '+') return sum(node, left, right);
    if (operator === '==') return call('tiltyard_equal', [left, right]);
    if (operator === '!=') return call('tiltyard_unequal', [left, right]);
  }
  const callee = node['callee'] as Node | undefined;
  if (node.type === 'Macro' && (node['name'] as Node)['value'] === 'range')
    throw new Error('a macro named range');
  // The library makes a range in full, however long.
  if (node.type === 'CallExpression' && callee?.type === 'Identifier' && callee['value'] === 'range')
    return { ...node, callee: identifier('tiltyard_range') };
  if (node.type === 'CallExpression' && callee?.type === 'MemberExpression' && callee['computed'] !== true) {
    const name = `tiltyard_${String((callee['property'] as Node)['value'])}`;
    if (name === 'tiltyard_strip' || name === 'tiltyard_lstrip' || name === 'tiltyard_rstrip')
      return call(name, [callee['object'] as Node, ...(node['args'] as Node[])]);
  }
  const filter = node['filter'] as Node | undefined;
  if (node.type === 'FilterExpression' && filter?.type === 'Identifier') {
    if (filter['value'] === 'trim')
      return call('tiltyard_strip', [call('tiltyard_text', [node['operand'] as Node])]);
    if (filter['value'] === 'length' || filter['value'] === 'count')
      return call('tiltyard_length', [node['operand'] as Node]);
  }
  return node;
}

/** Operands of the sums whose operands are looked at, in the order of the template. */
const sums = new WeakMap<Node, readonly Node[]>();

/** `a + b + c`, after a look at all operands: the library would print a list as JSON behind a text. */
function sum(node: Node, left: Node, right: Node): Node {
  const before = sums.get(left);
  const operands = [...(before ?? [left]), right];
  const plain = { ...node, left: before === undefined ? left : (left['trueExpr'] as Node) };
  const looked = {
    type: 'Ternary',
    condition: call('tiltyard_addable', operands),
    trueExpr: plain,
    falseExpr: plain,
  };
  sums.set(looked, operands);
  return looked;
}

/** What `+` takes on both of its sides in Python. */
const KINDS: Readonly<Record<string, string>> = {
  StringValue: 'text',
  IntegerValue: 'number',
  FloatValue: 'number',
  BooleanValue: 'number',
  ArrayValue: 'list',
  TupleValue: 'tuple',
};

/** @throws Error where Python raises a TypeError */
function addable(values: readonly Value[]): boolean {
  const kinds = values.map(({ type }) => KINDS[type] ?? type.replace('Value', '').toLowerCase());
  const other = kinds.find((kind) => kind !== kinds[0]);
  if (other !== undefined) throw new Error(`${kinds[0]} + ${other}: only values of one kind can be added`);
  return true;
}

/** `str(value)`. */
function printed({ type, value }: Value): string {
  if (type === 'StringValue') return value as string;
  return type === 'UndefinedValue' ? '' : repr({ type, value });
}

/** `repr(value)`. */
function repr({ type, value }: Value): string {
  const list = (): string[] => (value as Value[]).map(repr);
  const pair = ([key, of]: [string, Value]): string => `${quoted(key)}: ${repr(of)}`;
  switch (type) {
    case 'StringValue':
      return quoted(value as string);
    case 'NullValue':
      return 'None';
    case 'UndefinedValue':
      return 'Undefined';
    case 'BooleanValue':
      return value === true ? 'True' : 'False';
    case 'IntegerValue':
      return String(value);
    case 'FloatValue':
      return float(value as number);
    case 'ArrayValue':
      return `[${list().join(', ')}]`;
    case 'TupleValue':
      return list().length === 1 ? `(${list()[0]},)` : `(${list().join(', ')})`;
    case 'ObjectValue':
      return `{${[...(value as Map<string, Value>)].map(pair).join(', ')}}`;
    default:
      throw new Error(`a value of type ${type} cannot be printed`);
  }
}

const float = (x: number): string => {
  if (Number.isInteger(x) && Math.abs(x) < 1e16) return x.toFixed(1);
  if (x === 0 || (Math.abs(x) >= 1e-4 && Math.abs(x) < 1e16)) return String(x);
  return x.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
};

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(/[\\\p{C}\p{Z}'"]/gu, (char) => {
    if (char === ' ' || (char !== quote && /['"]/.test(char))) return char;
    const short = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t', [quote]: `\\${quote}` }[char];
    const code = char.codePointAt(0)!;
    const hex = (width: number): string => code.toString(16).padStart(width, '0');
    return short ?? (code < 0x100 ? `\\x${hex(2)}` : code < 0x10000 ? `\\u${hex(4)}` : `\\U${hex(8)}`);
  });
  return quote + escaped + quote;
}

/** What `str.isspace` holds of. */
const BLANKS = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const SPACE = new RegExp(`[${BLANKS}]`);

/** Letter by letter: an expression would begin anew at each of a million blanks inside a text. */
function strip([of, which]: readonly Value[], start: boolean, end: boolean): string {
  if (of?.type !== 'StringValue') throw new Error('strip wants a text');
  const text = of.value as string;
  const given = which === undefined || which.type === 'NullValue' ? null : new Set(String(which.value));
  const goes = (char: string): boolean => (given === null ? SPACE.test(char) : given.has(char));
  let [from, to] = [0, text.length];
  while (start && from < to) {
    const char = String.fromCodePoint(text.codePointAt(from)!);
    if (!goes(char)) break;
    from += char.length;
  }
  while (end && from < to) {
    const pair = to - from > 1 && /[\ud800-\udbff][\udc00-\udfff]/.test(text.slice(to - 2, to));
    const char = text.slice(to - (pair ? 2 : 1), to);
    if (!goes(char)) break;
    to -= char.length;
  }
  return text.slice(from, to);
}

function lengthOf({ type, value }: Value): number {
  if (type === 'StringValue') return Array.from(value as string).length;
  if (type === 'ArrayValue' || type === 'TupleValue') return (value as unknown[]).length;
  if (type === 'ObjectValue') return (value as Map<string, unknown>).size;
  if (type === 'UndefinedValue') return 0;
  throw new Error(`a value of type ${type} has no length`);
}

/** `a == b`: lists and dictionaries by what is in them, numbers whatever their type. */
function equal(a: Value, b: Value): boolean {
  const number = ({ type, value }: Value): number | null =>
    type === 'IntegerValue' || type === 'FloatValue' || type === 'BooleanValue' ? Number(value) : null;
  const [x, y] = [number(a), number(b)];
  if (x !== null && y !== null) return x === y;
  if (a.type !== b.type) return false;
  if (a.type === 'ArrayValue' || a.type === 'TupleValue') {
    const [these, those] = [a.value as Value[], b.value as Value[]];
    return these.length === those.length && these.every((of, i) => equal(of, those[i]!));
  }
  if (a.type === 'ObjectValue') {
    const [these, those] = [a.value as Map<string, Value>, b.value as Map<string, Value>];
    return (
      these.size === those.size &&
      [...these].every(([key, of]) => those.has(key) && equal(of, those.get(key)!))
    );
  }
  return a.type === 'NullValue' || a.type === 'UndefinedValue' || a.value === b.value;
}
