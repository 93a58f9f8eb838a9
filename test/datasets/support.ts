/** A dataset's parameters with their defaults filled in. */
export const defaults = <P>(
  schema: { properties: Record<string, Readonly<Record<string, unknown>>> },
  given: Partial<P> = {},
): P =>
  ({
    ...Object.fromEntries(Object.entries(schema.properties).map(([name, s]) => [name, s['default']])),
    ...given,
  }) as P;
