/** A JSON Schema (draft-07) as plain data. */
type Json = Readonly<Record<string, unknown>>;

/** A JSON schema together with the TypeScript type of what it accepts; `type` is for the compiler alone. */
export interface Schema<T> {
  readonly json: Json;
  readonly type?: T;
}

/** The type of what a schema accepts. */
export type Static<S> = S extends Schema<infer T> ? T : never;

type Fields = Readonly<Record<string, Schema<unknown>>>;
type FieldsOf<F extends Fields> = { readonly [K in keyof F]: Static<F[K]> };

const schema = <T>(json: Json): Schema<T> => ({ json });

const propertiesOf = (fields: Fields): Json =>
  Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.json]));

export const text: Schema<string> = schema({ type: 'string' });
export const number: Schema<number> = schema({ type: 'number' });
export const boolean: Schema<boolean> = schema({ type: 'boolean' });
export const integer: Schema<number> = schema({ type: 'integer' });
export const count: Schema<number> = schema({ type: 'integer', minimum: 0 });
export const atLeastOne: Schema<number> = schema({ type: 'integer', minimum: 1 });

/** A number that never changes, such as a version. */
export const constant = (value: number): Schema<number> => schema({ const: value });

export const array = <T>(items: Schema<T>): Schema<readonly T[]> =>
  schema({ type: 'array', items: items.json });

/** Exactly two items. */
export const pair = <First, Second>(
  first: Schema<First>,
  second: Schema<Second>,
): Schema<readonly [First, Second]> =>
  schema({ type: 'array', items: [first.json, second.json], minItems: 2, maxItems: 2 });

/** An object of exactly these fields. */
export const object = <F extends Fields>(fields: F): Schema<FieldsOf<F>> =>
  schema({
    type: 'object',
    additionalProperties: false,
    required: Object.keys(fields),
    properties: propertiesOf(fields),
  });

/**
 * An object that may have other fields as well, and in folders that an older version wrote not all of these.
 */
export const open = <F extends Fields>(fields: F): Schema<FieldsOf<F>> =>
  schema({ type: 'object', properties: propertiesOf(fields) });

/** An object that has these fields too, where there is something to say in them. */
export const optionally = <T extends object, F extends Fields>(
  fields: F,
  { json }: Schema<T>,
): Schema<T & Partial<FieldsOf<F>>> =>
  schema({ ...json, properties: { ...(json['properties'] as Json), ...propertiesOf(fields) } });

/** Any field, each of one type. */
export const record = <T>(values: Schema<T>): Schema<Readonly<Record<string, T>>> =>
  schema({ type: 'object', additionalProperties: values.json });

/** An object of which nothing is known. */
export const anyObject: Schema<Readonly<Record<string, unknown>>> = schema({ type: 'object' });

export const nullable = <T>(inner: Schema<T>): Schema<T | null> =>
  schema({ anyOf: [{ type: 'null' }, inner.json] });

/** The same schema, which says what its values are. */
export const described = <T>(description: string, { json }: Schema<T>): Schema<T> =>
  schema({ ...json, description });
