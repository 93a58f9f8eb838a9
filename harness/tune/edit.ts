import { isDeepStrictEqual } from 'node:util';
import { isCollection, isMap, isScalar, isSeq, type Pair, parseDocument, type YAMLMap } from 'yaml';
import { TiltyardError } from '../errors.js';

/** Stage -> parameter -> values. */
export type Sweeps = Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;

/**
 * An experiment file in which stages sweep what is given, in the place of what they swept or gave of those
 * parameters. Only the characters of these change: comments and layout stay.
 * @param text YAML or JSON
 * @param source what messages start with
 * @throws TiltyardError where the file is written so that this cannot be done, e.g. with aliases
 */
export function withSweeps(text: string, sweeps: Sweeps, source: string): string {
  let edited = text;
  for (const [stage, sweep] of Object.entries(sweeps)) {
    // A list of configurations gives way to the grid as a whole.
    const swept = ['stages', stage, 'sweep'];
    if (isSeq(parseDocument(edited).getIn(swept, true))) edited = removeKey(edited, swept);
    for (const [parameter, values] of Object.entries(sweep)) {
      edited = removeKey(edited, ['stages', stage, 'params', parameter]);
      edited = setKey(edited, swept, parameter, values);
    }
    if (isEmpty(edited, ['stages', stage, 'params'])) edited = removeKey(edited, ['stages', stage, 'params']);
  }
  // Whatever a file may hold, nothing else of it may have changed.
  const problem = parseDocument(edited).errors[0]?.message;
  if (problem === undefined && isDeepStrictEqual(parseDocument(edited).toJS(), expected(text, sweeps)))
    return edited;
  const what = 'is written so that its sweeps cannot be changed in place (aliases, merged keys)';
  const lines = Object.entries(sweeps).map(([stage, sweep]) => `${stage}: ${JSON.stringify(sweep)}`);
  throw new TiltyardError('not-editable', `${source}: ${what}; set by hand: ${lines.join('; ')}`);
}

type Draft = {
  stages: Record<string, { params?: Record<string, unknown>; sweep?: Record<string, unknown> }>;
};

function expected(text: string, sweeps: Sweeps): unknown {
  const draft = structuredClone(parseDocument(text).toJS()) as Draft;
  for (const [name, sweep] of Object.entries(sweeps)) {
    const stage = draft.stages[name]!;
    const removed = Object.keys(sweep).filter((parameter) => stage.params?.[parameter] !== undefined);
    for (const parameter of removed) delete stage.params![parameter];
    if (stage.params !== undefined && Object.keys(stage.params).length === 0) delete stage.params;
    stage.sweep = Array.isArray(stage.sweep) ? sweep : { ...stage.sweep, ...sweep };
  }
  return draft;
}

type Path = readonly string[];

/** The mapping at a path; null where there is none, or where an alias stands for it. */
function mapAt(text: string, path: Path): YAMLMap | null {
  const node = parseDocument(text).getIn(path, true);
  return isMap(node) ? node : null;
}

const isEmpty = (text: string, path: Path): boolean => mapAt(text, path)?.items.length === 0;

/** A pair's place in the text: where its key begins and ends, and where its value ends. */
interface Extent {
  readonly start: number;
  readonly keyEnd: number;
  readonly end: number;
}

function extent(text: string, { key, value }: Pair): Extent {
  const [start, keyEnd] = rangeOf(key);
  const valueRange =
    isScalar(value) || isCollection(value) ? rangeOf(value) : ([keyEnd, keyEnd + 1] as const);
  // A block collection's range goes on to what follows it.
  const end = text.slice(0, valueRange[1]).trimEnd().length;
  return { start, keyEnd, end: Math.max(end, keyEnd + 1) };
}

const rangeOf = (node: unknown): readonly [number, number] => {
  const [start, end] = (node as { range: [number, number, number] }).range;
  return [start, end];
};

const named =
  (name: string) =>
  (pair: Pair): boolean =>
    (isScalar(pair.key) ? pair.key.value : pair.key) === name;

/** Sets `parameter: [values]` in the mapping at a path; the mapping is made where it is missing. */
function setKey(text: string, path: Path, parameter: string, values: readonly number[]): string {
  const list = `[${values.join(', ')}]`;
  const map = mapAt(text, path);
  if (map !== null && map.items.length > 0) return withPair(text, map, parameter, list);
  const parent = mapAt(text, path.slice(0, -1));
  const key = path.at(-1)!;
  if (parent === null) return text;
  return withPair(text, parent, key, `{ ${quotedLike(parent, parameter)}: ${list} }`);
}

/** The text with a pair in a mapping that has others, changed where it is there. */
function withPair(text: string, map: YAMLMap, key: string, value: string): string {
  const present = map.items.find(named(key));
  if (present !== undefined) {
    const { keyEnd, end } = extent(text, present);
    return `${text.slice(0, keyEnd)}: ${value}${text.slice(end)}`;
  }
  const last = extent(text, map.items.at(-1)!);
  const pair = `${quotedLike(map, key)}: ${value}`;
  if (map.flow === true) return `${text.slice(0, last.end)}, ${pair}${text.slice(last.end)}`;
  const lineEnd = endOfLine(text, last.end);
  const first = extent(text, map.items[0]!);
  const indent = ' '.repeat(first.start - startOfLine(text, first.start));
  return `${text.slice(0, lineEnd)}\n${indent}${pair}${text.slice(lineEnd)}`;
}

/** The text without the pair at a path, if it is there. */
function removeKey(text: string, path: Path): string {
  const map = mapAt(text, path.slice(0, -1));
  const at = map?.items.findIndex(named(path.at(-1)!)) ?? -1;
  if (map === null || at < 0) return text;
  const { start, end } = extent(text, map.items[at]!);
  if (map.flow === true) {
    const [before, after] = [map.items[at - 1], map.items[at + 1]];
    const from = before === undefined ? start : extent(text, before).end;
    const to = before === undefined && after !== undefined ? extent(text, after).start : end;
    return text.slice(0, from) + text.slice(to);
  }
  if (map.items.length === 1) return withEmpty(text, path.slice(0, -1));
  return text.slice(0, startOfLine(text, start)) + text.slice(endOfLine(text, end) + 1);
}

/** The text with a block mapping as `{}`: its last pair is gone. */
function withEmpty(text: string, path: Path): string {
  const parent = mapAt(text, path.slice(0, -1))!;
  const { keyEnd, end } = extent(text, parent.items.find(named(path.at(-1)!))!);
  return `${text.slice(0, keyEnd)}: {}${text.slice(end)}`;
}

/** A key in quotes where the mapping's keys are, as in JSON. */
const quotedLike = ({ items }: YAMLMap, key: string): string => {
  const first = items[0]?.key;
  return isScalar(first) && first.type === 'QUOTE_DOUBLE' ? JSON.stringify(key) : key;
};

const startOfLine = (text: string, at: number): number => text.lastIndexOf('\n', at - 1) + 1;
const endOfLine = (text: string, at: number): number => {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
};
