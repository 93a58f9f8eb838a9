import { Ajv, type ErrorObject } from 'ajv';
import { CHECKPOINT_KEYWORD, ROLE_KEYWORD } from '../contracts/params.js';
import { nearest, TiltyardError } from '../errors.js';

const ajv = new Ajv({
  strict: true,
  verbose: true,
  allErrors: true,
  useDefaults: true,
  allowUnionTypes: true,
  strictTypes: false,
  strictRequired: false,
});
ajv.addKeyword({
  keyword: ROLE_KEYWORD,
  metaSchema: {
    type: 'object',
    required: ['kind'],
    additionalProperties: false,
    properties: {
      kind: { enum: ['strength', 'learning-rate'] },
      holdsBack: { enum: ['larger', 'smaller'] },
    },
  },
});
ajv.addKeyword({
  keyword: CHECKPOINT_KEYWORD,
  metaSchema: {
    type: 'array',
    minItems: 1,
    items: {
      type: 'object',
      required: ['below', 'value'],
      additionalProperties: false,
      properties: { below: { type: ['number', 'null'] }, value: { type: 'number' } },
    },
  },
});
/** Violations that one message lists; the others are counted. */
const LISTED = 4;
/** Violations that are put into words before their number is all that is said. */
const DESCRIBED = 100;

/**
 * A copy of `value` with the schema's defaults filled in.
 * @param where what the message starts with, e.g. the file or `stage x: params`
 * @throws TiltyardError with every violation in one line: path, what came, what was wanted
 */
export function validated<T>(schema: object, value: unknown, where: string): T {
  const copy = structuredClone(value);
  refuseNonFinite(copy, where, '');
  const validate = ajv.compile(schema);
  if (validate(copy)) return copy as T;
  const errors = validate.errors ?? [];
  const messages = [...new Set(errors.slice(0, DESCRIBED).flatMap((error) => describe(error, copy)))];
  const others = messages.length - LISTED + Math.max(0, errors.length - DESCRIBED);
  const more = others > 0 ? `; and ${others} more` : '';
  throw new TiltyardError('invalid-config', `${where}: ${messages.slice(0, LISTED).join('; ')}${more}`);
}

/** YAML has .nan and .inf, JSON schemas do not notice them. */
function refuseNonFinite(value: unknown, where: string, path: string): void {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    const what = path === '' ? 'value' : path;
    throw new TiltyardError('not-finite', `${where}: ${what} is ${value}; give a finite number`);
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    refuseNonFinite(inner, where, path === '' ? key : `${path}.${key}`);
  }
}

function describe(error: ErrorObject, root: unknown): string[] {
  const at = error.instancePath.slice(1).replaceAll('/', '.');
  const name = at === '' ? '' : `'${at}' `;
  const got = (): string => `got ${show(lookUp(root, error.instancePath))}`;
  const params = error.params as Record<string, unknown>;
  if (error.schemaPath.includes('/propertyNames/')) return []; // the name is said by its own error
  switch (error.keyword) {
    case 'additionalProperties':
      return [unknownKey(error, at)];
    case 'required':
      return [`${name === '' ? '' : `${name}: `}key '${String(params['missingProperty'])}' is missing`];
    case 'type': {
      const types = ([] as unknown[]).concat(params['type'] as string | string[]);
      return [`${name}should be ${types.join(' or ')}, ${got()}`];
    }
    case 'enum': {
      const values = (params['allowedValues'] as unknown[]).map((value) => JSON.stringify(value));
      return [`${name}should be one of ${values.join(', ')}, ${got()}`];
    }
    case 'oneOf':
      return []; // its alternatives have errors of their own
    case 'propertyNames': {
      const remedy = 'use letters, digits, - and _, 64 at most, and no name that every object has';
      return [`${name}: '${String(params['propertyName'])}' is not a usable name; ${remedy}`];
    }
    default:
      return [`${name}${error.message ?? 'is not valid'}, ${got()}`];
  }
}

function unknownKey({ params, parentSchema }: ErrorObject, at: string): string {
  const key = String((params as Record<string, unknown>)['additionalProperty']);
  const known = Object.keys((parentSchema as { properties?: object } | undefined)?.properties ?? {});
  const guess = nearest(key, known);
  const hint = guess === undefined ? '' : `; did you mean '${guess}'?`;
  const list = known.length === 0 ? '' : `${hint === '' ? ';' : ''} known: ${known.join(', ')}`;
  return `unknown key '${at === '' ? key : `${at}.${key}`}'${hint}${list}`;
}

function lookUp(root: unknown, pointer: string): unknown {
  const keys = pointer.split('/').slice(1);
  return keys
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], root);
}

const show = (value: unknown): string => {
  const json = JSON.stringify(value) ?? 'nothing';
  return json.length > 60 ? `${json.slice(0, 57)}...` : json;
};
