import { Ajv, type ErrorObject } from 'ajv';
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
  const messages = [...new Set((validate.errors ?? []).flatMap((error) => describe(error, copy)))];
  throw new TiltyardError(
    'invalid-config',
    `${where}: ${messages.slice(0, 4).join('; ')}${messages.length > 4 ? `; and ${messages.length - 4} more` : ''}`,
  );
}

/** YAML has .nan and .inf, JSON schemas do not notice them. */
function refuseNonFinite(value: unknown, where: string, path: string): void {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new TiltyardError(
      'not-finite',
      `${where}: ${path === '' ? 'value' : path} is ${value}; give a finite number`,
    );
  if (typeof value === 'object' && value !== null)
    for (const [key, inner] of Object.entries(value))
      refuseNonFinite(inner, where, path === '' ? key : `${path}.${key}`);
}

function describe(error: ErrorObject, root: unknown): string[] {
  const at = error.instancePath.slice(1).replaceAll('/', '.');
  const name = at === '' ? '' : `'${at}' `;
  const came = lookUp(root, error.instancePath);
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String(params['additionalProperty']);
      const known = Object.keys(
        (error.parentSchema as { properties?: object } | undefined)?.properties ?? {},
      );
      const guess = nearest(key, known);
      return [
        `unknown key '${at === '' ? key : `${at}.${key}`}'${guess === undefined ? '' : `; did you mean '${guess}'?`}${known.length === 0 ? '' : ` known: ${known.join(', ')}`}`,
      ];
    }
    case 'required':
      return [`${name === '' ? '' : `${name}: `}key '${String(params['missingProperty'])}' is missing`];
    case 'type':
      return [
        `${name}should be ${([] as unknown[]).concat(params['type'] as string | string[]).join(' or ')}, got ${show(came)}`,
      ];
    case 'enum':
      return [
        `${name}should be one of ${(params['allowedValues'] as unknown[]).map((v) => JSON.stringify(v)).join(', ')}, got ${show(came)}`,
      ];
    case 'oneOf':
    case 'propertyNames':
      return error.keyword === 'oneOf'
        ? []
        : [`${name}: '${String(params['propertyName'])}' is not a usable name; use letters, digits, - and _`];
    default:
      return [`${name}${error.message ?? 'is not valid'}, got ${show(came)}`];
  }
}

function lookUp(root: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .reduce<unknown>(
      (value, key) =>
        (value as Record<string, unknown> | undefined)?.[key.replaceAll('~1', '/').replaceAll('~0', '~')],
      root,
    );
}

const show = (value: unknown): string => {
  const json = JSON.stringify(value) ?? 'nothing';
  return json.length > 60 ? `${json.slice(0, 57)}...` : json;
};
