declare const TYPE: unique symbol;

/**
 * Parameters of a plugin or a dataset: a closed JSON Schema object with defaults and descriptions.
 * `parameters` writes one that knows the type P of its values; a plainly written one knows none.
 */
export interface ParamsSchema<P extends object = never> {
  readonly type: 'object';
  readonly additionalProperties: false;
  readonly properties: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly required?: readonly string[];
  /** Never there: it carries the type. A method, so that a schema of P passes for any schema. */
  [TYPE]?(params: P): void;
}

/** The JSON schema of one parameter, whose values are of type T. */
export interface Parameter<T> {
  readonly [keyword: string]: unknown;
  /** Never there: it carries the type alone. */
  readonly [TYPE]?: T;
}

/** The values that a set of parameters stands for. */
export type ParamsOf<S extends Readonly<Record<string, Parameter<unknown>>>> = {
  readonly [K in keyof S]: S[K] extends Parameter<infer T> ? T : never;
};

/** What every parameter may say. One without a default must be given by whoever runs the plugin. */
interface Common<T> {
  readonly default?: T;
  /** Shown in help and reports. */
  readonly description: string;
}

/**
 * What a number is to a comparison. `strength`: how closely the policy is held to its reference; larger or
 * smaller values hold it back, as said. Every family of a fair comparison sweeps its strength and its
 * learning rate, and the report says where the best value lies on the edge of what was swept.
 */
export type ParameterRole =
  | { readonly kind: 'strength'; readonly holdsBack: 'larger' | 'smaller' }
  | { readonly kind: 'learning-rate' };

/**
 * Another default of a number, for experiments whose policies begin as a checkpoint: of fewer parameters than
 * `below`, or of any number of them where that is null. What is trained from scratch and small takes larger
 * learning rates than a model that was trained before.
 */
export interface CheckpointDefault {
  readonly below: number | null;
  readonly value: number;
}

/** A number, or null too where N is true. */
type Numeric<N extends boolean> = N extends true ? number | null : number;

/** Bounds of a number, and whether it may be null. */
export interface NumberOptions<N extends boolean> extends Common<Numeric<N>> {
  readonly nullable?: N;
  /** Least value allowed. */
  readonly min?: number;
  /** Largest value allowed. */
  readonly max?: number;
  /** Values are larger than this. */
  readonly above?: number;
  /** Values are smaller than this. */
  readonly below?: number;
  readonly role?: ParameterRole;
  /** By rising size: the first that is large enough is taken, and the number itself planned. */
  readonly checkpointDefaults?: readonly CheckpointDefault[];
}

/** Keyword of the JSON schema that holds a parameter's role. */
export const ROLE_KEYWORD = 'x-role';

/** Keyword of the JSON schema that holds a parameter's defaults for checkpoints. */
export const CHECKPOINT_KEYWORD = 'x-checkpoint-defaults';

/** The defaults that parameters have for a start that is a checkpoint, by their names. */
export const checkpointDefaults = ({
  properties,
}: Pick<ParamsSchema, 'properties'>): ReadonlyMap<string, readonly CheckpointDefault[]> =>
  new Map(
    Object.entries(properties).flatMap(([name, schema]) => {
      const known = schema[CHECKPOINT_KEYWORD] as readonly CheckpointDefault[] | undefined;
      return known === undefined ? [] : [[name, known] as const];
    }),
  );

/** A schema with the defaults for a start that is a checkpoint of so many parameters. */
export function withCheckpointDefaults<S extends Pick<ParamsSchema, 'properties'>>(
  schema: S,
  size: number,
): S {
  const properties = { ...schema.properties };
  for (const [name, known] of checkpointDefaults(schema)) {
    const found = known.find(({ below }) => below === null || size < below);
    if (found !== undefined) properties[name] = { ...properties[name], default: found.value };
  }
  return { ...schema, properties };
}

/** The parameters that have a role, by their names. */
export function parameterRoles({
  properties,
}: Pick<ParamsSchema, 'properties'>): ReadonlyMap<string, ParameterRole> {
  return new Map(
    Object.entries(properties).flatMap(([name, schema]) => {
      const role = schema[ROLE_KEYWORD] as ParameterRole | undefined;
      return role === undefined ? [] : [[name, role] as const];
    }),
  );
}

const KEYWORDS: Readonly<Record<string, string>> = {
  min: 'minimum',
  max: 'maximum',
  above: 'exclusiveMinimum',
  below: 'exclusiveMaximum',
  role: ROLE_KEYWORD,
  checkpointDefaults: CHECKPOINT_KEYWORD,
};

/** JSON schema keywords in the order in which the options are written. */
const keywords = (options: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(options).map(([name, value]) => [KEYWORDS[name] ?? name, value]));

/**
 * A number, e.g. `number({ above: 0, default: 0.1, description: 'β' })`; null is a value too where `nullable`
 * is true.
 */
export const number = <const N extends boolean = false>(
  options: NumberOptions<N>,
): Parameter<Numeric<N>> => ({
  type: 'number',
  ...keywords(options),
});

/** A whole number, otherwise as `number`. */
export const integer = <const N extends boolean = false>(
  options: NumberOptions<N>,
): Parameter<Numeric<N>> => ({
  type: 'integer',
  ...keywords(options),
});

/** One of the given words, e.g. `oneOf(['sum', 'mean'], { default: 'sum', description: '...' })`. */
export const oneOf = <const T extends string>(
  values: readonly T[],
  options: Common<NoInfer<T>>,
): Parameter<T> => ({
  type: 'string',
  enum: values,
  ...options,
});

/** Text, e.g. a path; `minLength` in characters. */
export const text = (options: Common<string> & { readonly minLength?: number }): Parameter<string> => ({
  type: 'string',
  ...options,
});

/** True or false. */
export const flag = (options: Common<boolean>): Parameter<boolean> => ({ type: 'boolean', ...options });

/**
 * A closed schema of these parameters, from which `definePlugin` knows the type of `params`. A property may
 * also be a plain JSON schema; its values are then unknown. Those without a default are required.
 */
export function parameters<const S extends Readonly<Record<string, Parameter<unknown>>>>(
  properties: S,
): ParamsSchema<ParamsOf<S>> {
  const required = Object.keys(properties).filter((name) => properties[name]!['default'] === undefined);
  return {
    type: 'object',
    additionalProperties: false,
    ...(required.length === 0 ? {} : { required }),
    properties,
  };
}
