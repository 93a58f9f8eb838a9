import type { TiltyardError } from '../../errors.js';
import { type Fields, isPositive } from './config.js';
import { defaultRotation, type Rotation } from './rotary.js';
import { llama3Rotation, yarnRotation } from './rope-scaling.js';

/** How a family's config.json spells its rotary positions. */
export interface RopeSpelling {
  /** dh */
  readonly headSize: number;
  /** `max_position_embeddings` */
  readonly context: number;
  /** Default 10,000. */
  readonly theta?: number;
  /** The field of theta beside the dictionary; default `rope_theta`. */
  readonly thetaField?: string;
  /** The field of a head's rotated share beside the dictionary, and its default; else heads turn whole. */
  readonly share?: { readonly field: string; readonly fallback: number };
  /** Types that transformers takes from the family; default all that are built. */
  readonly types?: readonly string[];
}

/** What each type reads beside its name, theta and the rotated share; `?` where it may be absent or null. */
const READ: Readonly<Record<string, readonly string[]>> = {
  default: [],
  linear: ['factor'],
  dynamic: ['factor'],
  llama3: ['factor', 'low_freq_factor', 'high_freq_factor', 'original_max_position_embeddings?'],
  yarn: [
    'factor',
    'original_max_position_embeddings?',
    'attention_factor?',
    'beta_fast?',
    'beta_slow?',
    'mscale?',
    'mscale_all_dim?',
    'truncate?',
  ],
};
/** Keys of the dictionary that say nothing about angles, or that are read for every type. */
const ALWAYS = ['rope_type', 'type', 'rope_theta', 'partial_rotary_factor', 'finetuned'];

/** The dictionary of rotary positions, with the field that holds it. */
interface Rope {
  readonly at: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/**
 * Rotary positions as config.json gives them: `rope_scaling` where it holds something, else
 * `rope_parameters`; their type as `rope_type` or `type`; theta and the rotated share there, else beside it.
 * @throws TiltyardError for types that are not built, and for what a type lacks or does not read
 */
export function readRotation(fields: Fields, spelling: RopeSpelling): Rotation {
  const rope = dictionary(fields);
  const type = typeOf(fields, rope, spelling.types ?? Object.keys(READ));
  const theta = thetaOf(fields, rope, spelling);
  const rotated = Math.trunc(spelling.headSize * shareOf(fields, rope, spelling));
  if (Number.isInteger(spelling.headSize) && 2 * Math.ceil(rotated / 2) > spelling.headSize)
    throw fields.refusal(
      `rotary positions turn ${rotated} numbers of heads of ${spelling.headSize}; heads need an even size`,
    );
  const number = numbersOf(fields, rope, type);
  switch (type) {
    case 'linear': {
      // theta_i / factor (Chen et al. 2023, arXiv:2306.15595)
      const { frequencies } = defaultRotation(theta, rotated);
      return { frequencies: frequencies.map((x) => x / number('factor')!), scaling: 1 };
    }
    case 'llama3':
      return llama3Rotation(theta, rotated, {
        factor: number('factor')!,
        low: number('low_freq_factor')!,
        high: number('high_freq_factor')!,
        context: originalContext(fields, number, spelling),
      });
    case 'yarn': {
      if (rotated % 2 !== 0)
        throw fields.refusal(`rotary positions of type 'yarn' turn ${rotated} numbers a head, an odd number`);
      const context = originalContext(fields, number, spelling);
      return yarnRotation(theta, rotated, {
        factor: number('factor') ?? spelling.context / context,
        context,
        attentionFactor: number('attention_factor'),
        fast: number('beta_fast') ?? 32,
        slow: number('beta_slow') ?? 1,
        mscale: number('mscale'),
        mscaleAllDim: number('mscale_all_dim'),
        truncate: rope.values['truncate'] !== false,
      });
    }
    default:
      // `dynamic` stretches rows that are longer than the context; those are refused.
      return defaultRotation(theta, rotated);
  }
}

function dictionary(fields: Fields): Rope {
  const of = (at: string): Rope | null => {
    const values = fields.raw(at);
    if (values === undefined || values === null) return null;
    if (typeof values !== 'object' || Array.isArray(values)) throw fields.bad(at, 'an object or null');
    return Object.keys(values).length === 0 ? null : { at, values: values as Record<string, unknown> };
  };
  const [scaling, parameters] = [of('rope_scaling'), of('rope_parameters')];
  return scaling ?? parameters ?? { at: 'rope_parameters', values: {} };
}

const problem = (fields: Fields, { at, values }: Rope, key: string, wanted: string): TiltyardError =>
  fields.refusal(`'${at}.${key}' should be ${wanted}, got ${JSON.stringify(values[key]) ?? 'nothing'}`);

function typeOf(fields: Fields, rope: Rope, types: readonly string[]): string {
  const key = rope.values['rope_type'] === undefined ? 'type' : 'rope_type';
  const type = rope.values[key] ?? (key in rope.values ? null : 'default');
  if (typeof type !== 'string' || !types.includes(type) || READ[type] === undefined) {
    const built = types.filter((name) => READ[name] !== undefined).map((name) => `'${name}'`);
    throw fields.refusal(
      `rotary positions of type '${String(type)}' ('${rope.at}.${key}') are not built, ` +
        `only ${built.join(', ')}`,
    );
  }
  const read = [...ALWAYS, ...READ[type].map((name) => name.replace('?', ''))];
  for (const name of Object.keys(rope.values))
    if (!read.includes(name))
      throw fields.refusal(
        `'${rope.at}.${name}' is ${JSON.stringify(rope.values[name])}, which rotary positions of type ` +
          `'${type}' do not read; remove it, or name the type that does`,
      );
  return type;
}

function thetaOf(
  fields: Fields,
  rope: Rope,
  { theta = 10_000, thetaField = 'rope_theta' }: RopeSpelling,
): number {
  const beside = fields.positive(thetaField, theta);
  const used = 'rope_theta' in rope.values ? rope.values['rope_theta'] : beside;
  if (!isPositive(used)) throw problem(fields, rope, 'rope_theta', 'a number above 0');
  // Where another field than rope_theta is read, transformers would ignore rope_theta without a word.
  if (thetaField !== 'rope_theta') fields.only('rope_theta', [used, null]);
  return used;
}

/** The share of each head's numbers that is rotated. */
function shareOf(fields: Fields, rope: Rope, { share }: RopeSpelling): number {
  const inside = rope.values['partial_rotary_factor'];
  if ('partial_rotary_factor' in rope.values && !(typeof inside === 'number' && inside >= 0 && inside <= 1))
    throw problem(fields, rope, 'partial_rotary_factor', 'a number from 0 to 1');
  if (share === undefined) {
    if (inside !== undefined && inside !== 1)
      throw problem(fields, rope, 'partial_rotary_factor', `1, as ${fields.family} rotates whole heads`);
    fields.only('partial_rotary_factor', [1, null]);
    return 1;
  }
  const given = fields.raw(share.field);
  const beside = given === undefined ? share.fallback : given;
  const used = inside ?? beside;
  if (!(typeof used === 'number' && used >= 0 && used <= 1))
    throw fields.bad(share.field, 'a number from 0 to 1');
  if (share.field !== 'partial_rotary_factor') fields.only('partial_rotary_factor', [used, null]);
  return used;
}

/** Reads a type's numbers; null where one is absent that may be. */
function numbersOf(fields: Fields, rope: Rope, type: string): (key: string) => number | null {
  for (const entry of READ[type]!) {
    const key = entry.replace('?', '');
    const value = rope.values[key];
    const mayLack = entry.endsWith('?')
      ? value == null
      : key === 'factor' && type === 'yarn' && value === null;
    if (key === 'truncate') {
      if (value !== undefined && typeof value !== 'boolean')
        throw problem(fields, rope, key, 'true or false');
    } else if (!mayLack && !isPositive(value)) throw problem(fields, rope, key, 'a number above 0');
  }
  return (key) => (rope.values[key] as number | undefined) ?? null;
}

/** Tokens before stretching: beside the dictionary first, as in transformers, then in it, else all. */
function originalContext(
  fields: Fields,
  number: (key: string) => number | null,
  { context }: RopeSpelling,
): number {
  const key = 'original_max_position_embeddings';
  return fields.has(key) ? fields.size(key, context) : (number(key) ?? context);
}
