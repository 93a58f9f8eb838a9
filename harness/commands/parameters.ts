import {
  type CheckpointDefault,
  checkpointDefaults,
  type ParameterRole,
  type ParamsSchema,
  parameterRoles,
} from '../contracts/params.js';

type Property = ParamsSchema['properties'][string];

/** A line for each parameter: its default, what it is, its values, and its part in a comparison. */
export function parameterLines({ properties, required = [] }: Omit<ParamsSchema, 'type'>): string {
  const roles = parameterRoles({ properties });
  const known = checkpointDefaults({ properties });
  const lines = Object.entries(properties).map(([name, property]) => {
    const given = required.includes(name)
      ? `${name} (required)`
      : `${name} = ${JSON.stringify(property['default'] ?? null)}`;
    const role = roles.get(name);
    const what = role === undefined ? '' : `  [${described(role)}]`;
    const ofSize = forCheckpoints(known.get(name) ?? []);
    return `  ${given}  ${String(property['description'] ?? '')}${values(property)}${what}${ofSize}\n`;
  });
  return lines.join('');
}

/** What a parameter is to a comparison, in words. */
const described = (role: ParameterRole): string =>
  role.kind === 'strength' ? `strength: ${role.holdsBack} values hold the policy back` : 'learning rate';

/** Defaults where policies begin as a checkpoint, by its size. */
function forCheckpoints(defaults: readonly CheckpointDefault[]): string {
  if (defaults.length === 0) return '';
  const parts = defaults.map(({ below, value }) =>
    below === null ? `else ${value}` : `${value} below ${below / 1e6} million parameters`,
  );
  return `  (default for a checkpoint: ${parts.join(', ')})`;
}

/** Which values are taken, where a schema says more than that it is a text. */
function values(property: Property): string {
  const choices = property['enum'];
  if (Array.isArray(choices)) return `  {${choices.map((choice) => JSON.stringify(choice)).join(', ')}}`;
  const types = [property['type']].flat().map(String);
  const isNumber = types.some((type) => type === 'integer' || type === 'number');
  const orNull = property['nullable'] === true || types.includes('null') ? ['or null'] : [];
  if (!isNumber) return types.includes('boolean') ? '  {true, false}' : '';
  const kind = types.includes('integer') ? ['whole'] : [];
  const bounds = (
    [
      ['exclusiveMinimum', 'above'],
      ['minimum', 'from'],
      ['exclusiveMaximum', 'below'],
      ['maximum', 'to'],
    ] as const
  ).flatMap(([keyword, word]) => (property[keyword] === undefined ? [] : [`${word} ${property[keyword]}`]));
  const said = [...kind, ...bounds, ...orNull];
  return said.length === 0 ? '' : `  {${said.join(' ')}}`;
}
