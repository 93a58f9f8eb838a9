/**
 * What a schema of parameters looks like everywhere (plugins and datasets): a closed JSON Schema object whose properties
 * have defaults and descriptions. The two wide types take an object literal that was written without `as const`; loading
 * refuses any other `type` and `additionalProperties`.
 */
export interface ParamsSchema {
  /** 'object' */
  readonly type: string;
  /** false */
  readonly additionalProperties: boolean;
  readonly properties: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly required?: readonly string[];
}
