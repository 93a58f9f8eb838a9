/**
 * Whether a text names something in a folder and nothing elsewhere: what a store says is where a reader
 * looks, and a store may come from anybody.
 */
export const isName = (text: unknown): text is string =>
  typeof text === 'string' && text !== '' && text !== '.' && text !== '..' && !/[/\\\0]/.test(text);
