/**
 * What a schema of parameters looks like everywhere (plugins and datasets): a closed JSON Schema object whose
 * properties have defaults and descriptions.
 */
export interface ParamsSchema {
  readonly type: 'object';
  readonly additionalProperties: false;
  readonly properties: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly required?: readonly string[];
}
