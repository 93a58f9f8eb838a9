// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is being removed
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Text whose control characters, escapes and direction marks do not reach the terminal. */
export const plain = (text: string): string => text.replaceAll(CONTROL, ' ');
